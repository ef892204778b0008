"""Who may do what with users."""

from collections.abc import Iterator

import httpx2
import pytest

from ..issuer import Issuer
from ..support import running_service

USERS = "/api/v1/users"
USER = f"{USERS}/01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def client(issuer: Issuer, environment: dict[str, str]) -> Iterator[httpx2.Client]:
    with running_service(**environment, **issuer.variables) as (client, _):
        yield client


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", USERS, 200),
        ("GET", USER, 404),
        ("POST", USERS, 403),
        ("PATCH", USER, 403),
        ("DELETE", USER, 403),
    ],
)
def test_reader_reads_and_changes_nothing(
    client: httpx2.Client, issuer: Issuer, method: str, path: str, status: int
) -> None:
    headers = {"authorization": f"Bearer {issuer.token('reader')}"}

    assert client.request(method, path, headers=headers).status_code == status


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_stranger_may_do_nothing(client: httpx2.Client, issuer: Issuer, method: str) -> None:
    without_role = {"authorization": f"Bearer {issuer.token()}"}

    assert client.request(method, USERS).status_code == 401
    assert client.request(method, USERS, headers=without_role).status_code == 403


def test_token_is_not_logged(issuer: Issuer, environment: dict[str, str]) -> None:
    token = issuer.token("reader")
    with running_service(**environment, **issuer.variables) as (client, process):
        client.get(USERS, headers={"authorization": f"Bearer {token}"})
        client.get(USERS, headers={"authorization": f"Bearer {token}x"})
        process.terminate()
        output, _ = process.communicate(timeout=30)

    assert '"token refused"' in output
    for part in token.split("."):
        assert part not in output
