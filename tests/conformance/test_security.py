"""Point 6: security headers, CORS, and limits of size, time and host."""

from __future__ import annotations

import json

import httpx2
import pytest

from . import promises
from .contract import NOWHERE, USERS
from .fleet import DEVELOPMENT, MAX_BYTES, ORIGIN, TIGHT, Fleet
from .replies import ALL, JSON, Kind, Replies, each, new_user
from .service import Service
from .wire import ClosedError, chunk, head

CORS_HEADERS = {
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
}
FOREIGN_ORIGINS = [
    "https://evil.example",
    "http://app.example.com",
    f"{ORIGIN}.evil.example",
    f"{ORIGIN}:8443",
    "https://evil-app.example.com",
    "null",
]


@pytest.mark.parametrize("kind", each(ALL))
def test_every_answer_has_the_security_headers(replies: Replies, kind: Kind) -> None:
    promises.security_headers(replies[kind])


@pytest.mark.parametrize("kind", each(kind for kind in ALL if kind.sample or kind.name == "unknown-path"))
def test_no_answer_of_the_api_is_stored(replies: Replies, kind: Kind) -> None:
    assert replies[kind].headers.get("cache-control") == "no-store"


def cors(response: httpx2.Response) -> dict[str, str]:
    """Return the CORS headers of an answer."""
    return {name: value for name, value in response.headers.items() if name in CORS_HEADERS}


def preflight(service: Service, origin: str, path: str = USERS) -> httpx2.Response:
    """Ask as a browser does before it sends a request with JSON from another origin."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    return service.http.options(path, headers=headers)


def test_cors_is_off_by_default(service: Service) -> None:
    assert cors(service.http.get("/openapi.json", headers={"Origin": ORIGIN})) == {}
    assert cors(preflight(service, ORIGIN)) == {}


def test_a_named_origin_is_allowed(fleet: Fleet) -> None:
    service = fleet.shared(TIGHT)
    answer = preflight(service, ORIGIN)
    assert answer.status_code in {200, 204}
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "content-type" in answer.headers["access-control-allow-headers"].lower()
    assert "origin" in answer.headers["vary"].lower()


@pytest.mark.parametrize("path", ["/openapi.json", NOWHERE])
def test_a_named_origin_may_read_answers_and_errors(fleet: Fleet, path: str) -> None:
    """An error that the browser hides from the page can't be handled there."""
    answer = fleet.shared(TIGHT).http.get(path, headers={"Origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "origin" in answer.headers["vary"].lower()


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_another_origin_is_not_allowed(fleet: Fleet, origin: str) -> None:
    service = fleet.shared(TIGHT)
    refused = preflight(service, origin)
    for answer in (refused, service.http.get("/openapi.json", headers={"Origin": origin})):
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers
    if refused.is_error:
        promises.problem(refused)


def test_credentials_never_go_with_a_wildcard(fleet: Fleet) -> None:
    service = fleet.shared(TIGHT)
    for answer in (preflight(service, ORIGIN), service.http.get("/openapi.json", headers={"Origin": ORIGIN})):
        assert answer.headers["access-control-allow-origin"] != "*"
        if answer.headers.get("access-control-allow-credentials") == "true":
            assert "*" not in cors(answer).values()


def body_of(size: int) -> bytes:
    """Return a valid user as JSON of exactly that many bytes, filled up with spaces."""
    body = json.dumps(new_user()).encode()
    return body + b" " * (size - len(body))


@pytest.mark.needs(sample=True)
def test_a_body_as_large_as_allowed_is_taken(fleet: Fleet) -> None:
    service = fleet.shared(TIGHT)
    assert service.http.post(USERS, headers=JSON, content=body_of(MAX_BYTES)).status_code == 201
    with service.wire() as wire:
        body = body_of(MAX_BYTES)
        wire.send(service.head("POST", USERS, JSON | {"Transfer-Encoding": "chunked"}))
        wire.send(chunk(body[:1000]), chunk(body[1000:]), chunk(b""))
        assert wire.response().status_code == 201


@pytest.mark.needs(sample=True)
@pytest.mark.parametrize("size", [MAX_BYTES + 1, 40 * MAX_BYTES])
def test_a_larger_body_is_refused_by_its_length(fleet: Fleet, size: int) -> None:
    service = fleet.shared(TIGHT)
    with service.wire() as wire:
        wire.send(service.head("POST", USERS, JSON | {"Content-Length": str(size)}))
        wire.send_as_far_as_taken([body_of(size)])
        promises.problem(wire.response(), 413)


@pytest.mark.needs(sample=True)
def test_the_default_limit_of_the_body_is_a_mebibyte(service: Service) -> None:
    assert service.http.post(USERS, headers=JSON, content=body_of(1_048_576)).status_code == 201
    with service.wire() as wire:
        wire.send(service.head("POST", USERS, JSON | {"Content-Length": "1048577"}))
        promises.problem(wire.response(), 413)


@pytest.mark.needs(sample=True)
def test_a_length_and_chunks_together_are_not_two_requests(service: Service) -> None:
    """Request smuggling: whoever counts differently than the proxy in front answers a request that nobody sent."""
    smuggled = head("GET", "/health")
    with service.wire() as wire:
        wire.send(
            service.head("POST", USERS, JSON | {"Content-Length": "5", "Transfer-Encoding": "chunked"}),
            chunk(b""),
            smuggled,
        )
        assert 400 <= wire.response().status_code < 500
        try:
            status = wire.response().status_code
        except ClosedError:
            status = 400
        assert status == 400, "the connection must end, or at least refuse the rest"


def test_pipelined_requests_are_answered_in_order(service: Service) -> None:
    with service.wire() as wire:
        wire.send(head("GET", "/health"), head("GET", NOWHERE), head("GET", "/ready"))
        assert [wire.response().status_code for _ in range(3)] == [200, 404, 200]


def test_a_head_that_never_ends_is_not_waited_for(fleet: Fleet) -> None:
    """Else a handful of clients that do nothing hold every connection there is."""
    service = fleet.shared(TIGHT)
    with service.wire() as wire:
        wire.send(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n")
        try:
            promises.problem(wire.response(), 400, 408, 504)
        except ClosedError:
            return


@pytest.mark.needs(sample=True, database=["sqlite", "postgresql"])
def test_the_service_goes_on_after_a_request_that_took_too_long(fleet: Fleet, replies: Replies) -> None:
    kind = next(kind for kind in ALL if kind.name == "too-slow")
    assert replies[kind].status_code == 504
    assert fleet.shared(kind.settings).http.post(USERS, json=new_user()).status_code == 201


@pytest.mark.parametrize("host", ["localhost", "LocalHost:8000", "127.0.0.1", "[::1]:8000"])
def test_a_known_host_is_served(service: Service, host: str) -> None:
    assert service.http.get("/openapi.json", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:127.0.0.1", "", "localhost@x"]
)
def test_an_unknown_host_is_refused(service: Service, host: str) -> None:
    with service.wire() as wire:
        wire.send(head("GET", "/openapi.json", host=host))
        promises.problem(wire.response(), 400)


def test_a_forwarded_host_is_no_way_around(service: Service) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "localhost", "Forwarded": "host=localhost"}
    promises.problem(service.http.get("/openapi.json", headers=headers), 400)


def test_allowed_hosts_are_those_named(fleet: Fleet) -> None:
    service = fleet.shared(TIGHT)
    assert service.http.get("/openapi.json", headers={"Host": "api.example.com:443"}).status_code == 200
    promises.problem(service.http.get("/openapi.json", headers={"Host": "[::1]"}), 400)


def test_any_host_may_be_allowed_outside_production(fleet: Fleet) -> None:
    assert fleet.shared(DEVELOPMENT).http.get("/openapi.json", headers={"Host": "any.example"}).status_code == 200
