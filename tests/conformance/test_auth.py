"""Point 8: who calls is what a token of the issuer says, and what a role permits is all that it may do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from . import promises
from .contract import USERS
from .fleet import Fleet
from .identity import LAYOUTS, READER, WRITER
from .issuer import Issuer, authorization, new_key, stranger
from .replies import new_user
from .service import Service
from .target import Target
from .test_configuration import refusal
from .waiting import happens

pytestmark = pytest.mark.needs(auth=tuple(LAYOUTS), sample=True)

USER = f"{USERS}/{uuid.UUID(int=1)}"
READS = [("GET", USERS, 200), ("GET", USER, 404)]
WRITES = [("POST", USERS), ("PATCH", USER), ("DELETE", USER)]
BODY = {"name": "Ada Example"}


@pytest.fixture
def own(target: Target, tmp_path: Path) -> Iterator[Issuer]:
    """An issuer that the test may do with as it likes."""
    assert target.auth != "none"
    with Issuer(target.auth, tmp_path) as issuer:
        yield issuer


@pytest.fixture
def trusting(fleet: Fleet, own: Issuer) -> Iterator[Service]:
    """A process that trusts the test's own issuer and has asked nothing of it yet."""
    with fleet.start(**own.variables) as service:
        yield service.wait_ready()


def ask(service: Service, token: str, method: str = "GET", path: str = USERS) -> httpx2.Response:
    """Send a request with a token."""
    body = BODY if method in {"POST", "PATCH"} else None
    return service.http.request(method, path, headers=authorization(token), json=body)


def challenge(response: httpx2.Response, status: int) -> str:
    """Assert that a request was refused as the contract has it, and return the challenge."""
    promises.problem(response, status)
    value = response.headers.get("www-authenticate", "")
    assert value.partition(" ")[0].lower() == "bearer", f"WWW-Authenticate: {value!r}"
    return value


def encoded(value: object) -> str:
    """Return a part of a token."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def handmade(header: Mapping[str, Any], claims: Mapping[str, Any], secret: bytes | None = None) -> str:
    """Return a token that no library makes: signed by HMAC with a secret, or not at all."""
    text = f"{encoded(header)}.{encoded(claims)}"
    return f"{text}.{encoded(hmac.digest(secret, text.encode(), hashlib.sha256)) if secret else ''}"


def _tampered(issuer: Issuer) -> str:
    head, _, signature = issuer.token(READER).split(".")
    return f"{head}.{encoded(issuer.claims(WRITER))}.{signature}"


def _header(issuer: Issuer, algorithm: str) -> dict[str, Any]:
    return {"alg": algorithm, "typ": "JWT", "kid": issuer.keys[0].kid}


FORGED: dict[str, Callable[[Issuer], str]] = {
    "no-token": lambda _: "nonsense",
    "empty-parts": lambda _: "..",
    "odd-header": lambda _: f"{encoded('alg')}.{encoded({})}.",
    "none": lambda issuer: handmade(_header(issuer, "none"), issuer.claims(WRITER)),
    "none-in-capitals": lambda issuer: handmade(_header(issuer, "NONE"), issuer.claims(WRITER)),
    "signed-with-the-public-key": lambda issuer: handmade(
        _header(issuer, "HS256"), issuer.claims(WRITER), issuer.keys[0].as_pem(private=False)
    ),
    "wrong-key": lambda issuer: issuer.token(WRITER, key=stranger(), header={"kid": issuer.keys[0].kid}),
    "unknown-key": lambda issuer: issuer.token(WRITER, key=stranger()),
    "key-sent-along": lambda issuer: issuer.token(
        WRITER, key=stranger(), header={"jwk": stranger().as_dict(private=False)}
    ),
    "no-key-id": lambda issuer: issuer.token(WRITER, header={"kid": None}),
    "unknown-critical-header": lambda issuer: handmade(
        _header(issuer, "RS256") | {"crit": ["b64", "exp"]}, issuer.claims(WRITER)
    ),
    "tampered": _tampered,
    "unsigned": lambda issuer: issuer.token(WRITER).rpartition(".")[0] + ".",
    "other-issuer": lambda issuer: issuer.token(WRITER, claims={"iss": "https://evil.example"}),
    "no-issuer": lambda issuer: issuer.token(WRITER, claims={"iss": None}),
    "expired": lambda issuer: issuer.token(WRITER, claims={"exp": int(time.time()) - 120}),
    "no-expiry": lambda issuer: issuer.token(WRITER, claims={"exp": None}),
    "not-yet-valid": lambda issuer: issuer.token(WRITER, claims={"nbf": int(time.time()) + 120}),
    "no-subject": lambda issuer: issuer.token(WRITER, claims={"sub": None}),
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_bad_token_is_refused(service: Service, issuer: Issuer, kind: str) -> None:
    assert "invalid_token" in challenge(ask(service, FORGED[kind](issuer)), 401)


def test_a_huge_token_is_refused(service: Service, issuer: Issuer) -> None:
    """By the service, or already by an HTTP server that takes no header of that size."""
    promises.problem(ask(service, issuer.token(WRITER, claims={"pad": "x" * 40_000})), 401, 431)


def test_a_token_for_another_service_is_refused(service: Service, issuer: Issuer) -> None:
    for claims in issuer.layout.foreign:
        challenge(ask(service, issuer.token(WRITER, claims=claims)), 401)


@pytest.mark.parametrize(("method", "path"), [*((method, path) for method, path, _ in READS), *WRITES])
@pytest.mark.parametrize("credentials", [None, "Basic YWRhOmFkYQ==", "Bearer"])
def test_a_request_without_a_token_is_challenged(
    service: Service, method: str, path: str, credentials: str | None
) -> None:
    with httpx2.Client(base_url=service.url, trust_env=False) as stranger_to_it:
        headers = {"Authorization": credentials} if credentials else {}
        body = new_user() if method in {"POST", "PATCH"} else None
        challenge(stranger_to_it.request(method, path, headers=headers, json=body), 401)


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_a_probe_needs_no_token(service: Service, path: str) -> None:
    assert httpx2.get(f"{service.url}{path}", trust_env=False).status_code == 200


@pytest.mark.parametrize(("method", "path", "status"), READS)
def test_a_role_permits_what_it_is_for(service: Service, issuer: Issuer, method: str, path: str, status: int) -> None:
    assert ask(service, issuer.token(READER), method, path).status_code == status


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_role_permits_nothing_else(service: Service, issuer: Issuer, method: str, path: str) -> None:
    assert "insufficient_scope" in challenge(ask(service, issuer.token(READER), method, path), 403)


@pytest.mark.parametrize("roles", [(), ("unknown",), (WRITER.upper(),)])
def test_a_caller_without_a_known_role_may_do_nothing(service: Service, issuer: Issuer, roles: tuple[str, ...]) -> None:
    challenge(ask(service, issuer.token(*roles)), 403)


def test_clocks_may_differ_a_little(service: Service, issuer: Issuer) -> None:
    now = int(time.time())
    assert ask(service, issuer.token(READER, claims={"nbf": now + 3, "iat": now + 3})).status_code == 200


def test_an_issuer_that_anybody_can_imitate_is_refused(fleet: Fleet, issuer: Issuer) -> None:
    """Whoever sits between the service and an issuer without TLS makes the keys."""
    plain = {
        name: value.replace("https:", "http:")
        for name, value in issuer.variables.items()
        if value.startswith(issuer.url)
    }
    assert refusal(fleet.start(**plain)).keys() == plain.keys()


def test_keys_are_fetched_once(trusting: Service, own: Issuer) -> None:
    assert [ask(trusting, own.token(READER)).status_code for _ in range(20)] == [200] * 20
    assert own.fetches == 1


def test_a_new_key_counts_at_once_and_the_old_one_no_longer(trusting: Service, own: Issuer) -> None:
    old = own.token(READER)
    assert ask(trusting, old).status_code == 200
    own.keys = [new_key(own.layout.algorithms[-1])]
    assert ask(trusting, own.token(READER)).status_code == 200
    challenge(ask(trusting, old), 401)


def test_unknown_keys_do_not_flood_the_issuer(trusting: Service, own: Issuer) -> None:
    for number in range(20):
        challenge(ask(trusting, own.token(READER, key=stranger(), header={"kid": str(number)})), 401)
    assert own.fetches <= 3


def test_known_keys_serve_while_the_issuer_is_down(trusting: Service, own: Issuer) -> None:
    assert ask(trusting, own.token(READER)).status_code == 200
    own.down = True
    assert ask(trusting, own.token(READER)).status_code == 200


def test_an_issuer_that_is_down_is_not_the_callers_fault(trusting: Service, own: Issuer) -> None:
    """It is no reason not to be ready either: all instances would be taken out at once."""
    own.down = True
    promises.problem(ask(trusting, own.token(READER)), 503)
    assert trusting.http.get("/ready").status_code == 200
    own.down = False
    assert happens(lambda: ask(trusting, own.token(READER)).status_code == 200, 30), "it never asks again"


def test_a_token_is_not_logged(service: Service, issuer: Issuer) -> None:
    good, bad = issuer.token(READER), issuer.token(READER, claims={"exp": 1})
    answers = [ask(service, good), ask(service, bad), ask(service, good, "POST")]
    last = answers[-1].headers["x-request-id"]
    service.wait_log(lambda line: line.get("request_id") == last, "the last request")
    output = service.output()
    for part in {part for token in (good, bad) for part in token.split(".")[1:]}:
        assert part not in output


def test_the_document_says_what_needs_a_token(service: Service) -> None:
    document = service.http.get("/openapi.json").json()
    schemes = document["components"]["securitySchemes"]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method not in {"get", "post", "put", "patch", "delete"}:
                continue
            security = operation.get("security", document.get("security", []))
            if not path.startswith("/api/"):
                assert security == [], f"{method} {path} needs a token"
                continue
            assert security, f"{method} {path} needs no token"
            assert all(schemes[name]["type"] in {"http", "oauth2", "openIdConnect"} for one in security for name in one)
            # What requires no permission can be refused to nobody who is known.
            refusals = {"401", "403"} if any(names for one in security for names in one.values()) else {"401"}
            assert refusals <= operation["responses"].keys(), f"{method} {path}"
