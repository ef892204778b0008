"""Users, over HTTP and from the first to the last request about one."""

from collections.abc import Iterator

import httpx2
import pytest

from ..support import running_service

USERS = "/api/v1/users"
ADA = {"name": " Ada ", "email": "Ada@example.com"}


@pytest.fixture(scope="module")
def client(environment: dict[str, str]) -> Iterator[httpx2.Client]:
    with running_service(**environment) as (client, _):
        yield client


def test_life_of_a_user(client: httpx2.Client) -> None:
    created = client.post(USERS, json=ADA)
    assert created.status_code == 201
    user = created.json()
    assert (user["name"], user["email"]) == ("Ada", "ada@example.com")
    location = created.headers["location"]
    assert location == f"{USERS}/{user['id']}"
    assert client.get(location).json() == user

    assert client.post(USERS, json=ADA).status_code == 409

    changed = client.patch(location, json={"name": "Augusta"})
    assert changed.json() == user | {"name": "Augusta"}

    assert client.delete(location).status_code == 204
    gone = client.get(location)
    assert gone.status_code == 404
    assert gone.headers["content-type"] == "application/problem+json"


def test_pages_hold_every_user_once(client: httpx2.Client) -> None:
    bodies = [{"name": "Grace", "email": f"grace{n}@example.com"} for n in range(4)]
    start, *created = sorted(client.post(USERS, json=body).json()["id"] for body in bodies)

    first = client.get(USERS, params={"limit": 2, "cursor": start}).json()
    second = client.get(USERS, params={"limit": 2, "cursor": first["next_cursor"]}).json()

    assert [user["id"] for user in first["items"] + second["items"]] == created
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "", "email": "ada@example.com"}, "#/name"),
        ({"name": "Ada", "email": "ada"}, "#/email"),
        ({"name": "Ada", "email": "ada@example.com", "admin": True}, "#/admin"),
    ],
)
def test_bad_input_is_pointed_at(client: httpx2.Client, body: object, pointer: str) -> None:
    response = client.post(USERS, json=body)

    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


def test_bad_cursor_is_pointed_at(client: httpx2.Client) -> None:
    response = client.get(USERS, params={"cursor": "first"})

    assert response.status_code == 422
    assert response.json()["errors"][0]["parameter"] == "cursor"
