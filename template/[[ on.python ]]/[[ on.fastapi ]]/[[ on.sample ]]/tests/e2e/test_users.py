"""Users, as the API's clients meet them."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from ..support import running_service

USERS = "/api/v1/users"


@pytest.fixture(scope="module")
def client(environment: dict[str, str]) -> Iterator[httpx2.Client]:
    with running_service(**environment) as (client, _):
        yield client


@pytest.fixture
def ada(client: httpx2.Client) -> dict[str, Any]:
    """A user of the name Ada, whose address nobody else has."""
    body = {"name": " Ada ", "email": f"Ada-{uuid4()}@example.com"}
    response = client.post(USERS, json=body)
    assert response.status_code == 201
    user: dict[str, Any] = response.json()
    assert response.headers["location"] == f"{USERS}/{user['id']}"
    assert (user["name"], user["email"]) == ("Ada", body["email"].lower())
    return user


# TC-009
def test_created_user_is_read(client: httpx2.Client, ada: dict[str, Any]) -> None:
    assert client.get(f"{USERS}/{ada['id']}").json() == ada


# TC-010
def test_address_is_taken_in_capitals_too(client: httpx2.Client, ada: dict[str, Any]) -> None:
    other = {"name": "Another Ada", "email": ada["email"].upper()}

    assert client.post(USERS, json=other).status_code == 409


# TC-011
@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"name": "", "email": "ada"}, ["#/name", "#/email"]),
        ({"name": "a" * 81, "email": "ada@example.com"}, ["#/name"]),
        ({"name": "Ada", "email": "ada@example.com", "admin": True}, ["#/admin"]),
    ],
)
def test_bad_input_is_pointed_at(client: httpx2.Client, body: object, pointers: list[str]) -> None:
    response = client.post(USERS, json=body)

    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == pointers


# TC-012
def test_pages_hold_every_user_once(client: httpx2.Client) -> None:
    bodies = [{"name": "Grace", "email": f"grace{n}@example.com"} for n in range(4)]
    start, *created = sorted(client.post(USERS, json=body).json()["id"] for body in bodies)

    first = client.get(USERS, params={"limit": 2, "cursor": start}).json()
    second = client.get(USERS, params={"limit": 2, "cursor": first["next_cursor"]}).json()

    assert [user["id"] for user in first["items"] + second["items"]] == created
    assert second["next_cursor"] is None


# TC-012
def test_bad_cursor_is_pointed_at(client: httpx2.Client) -> None:
    response = client.get(USERS, params={"cursor": "first"})

    assert response.status_code == 422
    assert response.json()["errors"][0]["parameter"] == "cursor"


# TC-013
def test_user_is_changed_and_deleted(client: httpx2.Client, ada: dict[str, Any]) -> None:
    address = f"{USERS}/{ada['id']}"

    changed = client.patch(address, json={"name": "Augusta"})

    assert changed.json() == ada | {"name": "Augusta"}
    assert client.get(address).json() == changed.json()
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
