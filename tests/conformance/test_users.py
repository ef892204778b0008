"""The sample slice: users, as the contract describes them."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta

import pytest

from . import promises
from .contract import USERS
from .fleet import TIGHT, Fleet
from .replies import created, new_user
from .service import Service

pytestmark = pytest.mark.needs(sample=True)


def test_a_user_is_created_read_changed_and_deleted(service: Service) -> None:
    body = new_user()
    response = service.http.post(USERS, json=body)
    assert response.status_code == 201
    user = response.json()
    assert user.keys() == {"id", "name", "email", "created_at"}
    assert uuid.UUID(user["id"])
    assert datetime.fromisoformat(user["created_at"]).utcoffset() == timedelta(0)
    assert (user["name"], user["email"]) == (body["name"], body["email"])

    path = f"{USERS}/{user['id']}"
    assert re.fullmatch(rf"(https?://[^/]+)?{path}", response.headers["location"])
    assert service.http.get(path).json() == user

    changed = service.http.patch(path, json={"name": "Grace Example"})
    assert changed.status_code == 200
    assert changed.json() == user | {"name": "Grace Example"}
    assert service.http.get(path).json() == changed.json()

    deleted = service.http.delete(path)
    assert deleted.status_code == 204
    assert deleted.content == b""
    for again in (service.http.get(path), service.http.delete(path), service.http.patch(path, json={"name": "X"})):
        promises.problem(again, 404)


def test_name_and_email_are_normalised(service: Service) -> None:
    email = new_user()["email"]
    user = service.http.post(USERS, json={"name": "  Zoë Example \n", "email": email.upper()}).json()
    assert (user["name"], user["email"]) == ("Zoë Example", email)


def test_an_email_belongs_to_one_user(service: Service) -> None:
    first, second = created(service).json(), created(service).json()
    promises.problem(service.http.post(USERS, json=new_user() | {"email": first["email"].upper()}), 409)
    path = f"{USERS}/{second['id']}"
    promises.problem(service.http.patch(path, json={"email": first["email"]}), 409)
    assert service.http.patch(path, json={"email": second["email"]}).status_code == 200


def test_pages_show_every_user_once(fleet: Fleet) -> None:
    """Also when users are added and deleted while somebody turns the pages."""
    service = fleet.shared(TIGHT)
    there = [created(service).json()["id"] for _ in range(7)]
    seen: list[str] = []
    params = {"limit": "3"}
    while True:
        page = service.http.get(USERS, params=params).json()
        assert page.keys() == {"items", "next_cursor"}
        assert len(page["items"]) <= 3
        seen += [user["id"] for user in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
        service.http.delete(f"{USERS}/{seen[-1]}")
        created(service)
    assert len(seen) == len(set(seen))
    assert set(there) <= set(seen)
