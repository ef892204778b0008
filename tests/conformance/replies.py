"""Every kind of answer that a service gives, and how to make it give that answer.

Several promises hold for all answers alike (security headers, request id, problem details), so the
tests of each run over this one list, and an answer is provoked only once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import httpx2
import pytest
from _pytest.mark import ParameterSet

from .contract import NOWHERE, USERS
from .fleet import DEVELOPMENT, LIMIT, MAX_BYTES, ORIGIN, TIGHT, WARY, Fleet, Settings
from .service import Service
from .wire import chunk, head

Provoke = Callable[[Service], httpx2.Response]


JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Kind:
    """One kind of answer.

    Attributes:
        statuses: those that are right for it.
        provoke: gets the answer from a service that runs with `settings`.
        sample: whether only the sample slice can give it.
        database: the kinds of database that it takes, if it takes one.
    """

    name: str
    statuses: tuple[int, ...]
    provoke: Provoke = field(compare=False)
    settings: Settings = field(default_factory=dict, compare=False)
    sample: bool = False
    database: tuple[str, ...] = ()


class Replies:
    """The answers of one target, provoked when first asked for and then kept."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._kept: dict[Kind, httpx2.Response] = {}

    def __getitem__(self, kind: Kind) -> httpx2.Response:
        """Return the answer of a kind."""
        if kind not in self._kept:
            self._kept[kind] = kind.provoke(self._fleet.shared(kind.settings))
        return self._kept[kind]


def each(kinds: Iterable[Kind]) -> list[ParameterSet]:
    """Return kinds as parameters of a test, each with the marker of what it needs."""
    return [pytest.param(kind, id=kind.name, marks=_marks(kind)) for kind in kinds]


def _marks(kind: Kind) -> list[pytest.MarkDecorator]:
    marks = []
    if kind.sample:
        marks.append(pytest.mark.needs(sample=True))
    if kind.database:
        marks.append(pytest.mark.needs(database=kind.database))
    return marks


def new_user() -> dict[str, str]:
    """Return a valid body for a user that isn't there yet."""
    return {"name": "Ada Example", "email": f"{uuid.uuid4().hex}@example.com"}


def created(service: Service) -> httpx2.Response:
    """Create a user."""
    return service.http.post(USERS, json=new_user())


def _request(method: str, path: str, headers: dict[str, str] | None = None, content: bytes | None = None) -> Provoke:
    return lambda service: service.http.request(method, path, headers=headers, content=content)


def _raw(data: bytes) -> Provoke:
    def provoke(service: Service) -> httpx2.Response:
        with service.wire() as wire:
            wire.send_as_far_as_taken([data])
            return wire.response()

    return provoke


def _on_user(method: str, body: dict[str, str] | None = None) -> Provoke:
    def provoke(service: Service) -> httpx2.Response:
        return service.http.request(method, f"{USERS}/{created(service).json()['id']}", json=body)

    return provoke


def _conflict(service: Service) -> httpx2.Response:
    user = new_user()
    service.http.post(USERS, json=user)
    return service.http.post(USERS, json=user | {"email": user["email"].upper()})


def _endless_chunks(service: Service) -> httpx2.Response:
    """Send more than is allowed and no last chunk: the answer must not wait for one."""
    with service.wire() as wire:
        wire.send(service.head("POST", USERS, JSON | {"Transfer-Encoding": "chunked"}))
        wire.send_as_far_as_taken([chunk(b" " * 512)] * (MAX_BYTES // 512 + 1))
        return wire.response()


def _bad_chunk(service: Service) -> httpx2.Response:
    with service.wire() as wire:
        wire.send(service.head("POST", USERS, JSON | {"Transfer-Encoding": "chunked"}), b"zz\r\n")
        return wire.response()


def _announced_too_large(service: Service) -> httpx2.Response:
    """Announce more than is allowed and send nothing: the answer must not wait for it."""
    with service.wire() as wire:
        wire.send(service.head("POST", USERS, JSON | {"Content-Length": str(MAX_BYTES + 1)}))
        return wire.response()


def _stalled_body(service: Service) -> httpx2.Response:
    with service.wire() as wire:
        wire.send(service.head("POST", USERS, JSON | {"Content-Length": "100"}), b'{"name": ')
        return wire.response()


def _locked(service: Service) -> httpx2.Response:
    assert service.database is not None
    with service.database.locked():
        return created(service)


def _broken(service: Service) -> httpx2.Response:
    assert service.database is not None
    with service.database.broken():
        return created(service)


def _rate_limited(service: Service) -> httpx2.Response:
    for _ in range(2 * LIMIT):  # the window may end once on the way
        response = service.http.get(NOWHERE)
        if response.status_code == 429:
            return response
    return service.http.get(NOWHERE)


_PREFLIGHT = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}

SUCCESSES = (
    Kind("health", (200,), _request("GET", "/health")),
    Kind("ready", (200,), _request("GET", "/ready")),
    Kind("openapi", (200,), _request("GET", "/openapi.json")),
    Kind("preflight", (200, 204), _request("OPTIONS", NOWHERE, _PREFLIGHT), TIGHT),
    Kind("created", (201,), created, sample=True),
    Kind("listed", (200,), _request("GET", USERS), sample=True),
    Kind("fetched", (200,), _on_user("GET"), sample=True),
    Kind("changed", (200,), _on_user("PATCH", {"name": "Grace Example"}), sample=True),
    Kind("deleted", (204,), _on_user("DELETE"), sample=True),
)

# What the framework or the application itself refuses.
APPLICATION_ERRORS = (
    Kind("unknown-path", (404,), _request("GET", NOWHERE)),
    Kind("root-path", (404,), _request("GET", "/")),
    Kind("wrong-method", (405,), _request("DELETE", "/health")),
    Kind("unknown-method", (405, 501), _request("BREW", "/health")),
    Kind("wrong-host", (400,), _request("GET", NOWHERE, {"Host": "evil.example"})),
    Kind("rate-limited", (429,), _rate_limited, WARY),
    Kind("unknown-user", (404,), _request("GET", f"{USERS}/{uuid.UUID(int=1)}"), sample=True),
    Kind("no-uuid", (404, 422), _request("GET", f"{USERS}/1"), sample=True),
    Kind("wrong-method-on-route", (405,), _request("PUT", USERS), sample=True),
    Kind("bad-json", (400,), _request("POST", USERS, JSON, b'{"name": '), sample=True),
    Kind("bad-encoding", (400,), _request("POST", USERS, JSON, b'{"name": "\xff\xfe"}'), sample=True),
    Kind("bad-chunk", (400,), _bad_chunk, sample=True),
    Kind("no-json", (400, 415, 422), _request("POST", USERS, {"Content-Type": "text/plain"}, b"hello"), sample=True),
    Kind("invalid-body", (422,), _request("POST", USERS, JSON, b'{"name": " "}'), sample=True),
    Kind("invalid-query", (422,), _request("GET", f"{USERS}?limit=0"), sample=True),
    Kind("invalid-cursor", (400, 422), _request("GET", f"{USERS}?cursor=%00nonsense"), sample=True),
    Kind("conflict", (409,), _conflict, sample=True),
    Kind("too-large", (413,), _announced_too_large, TIGHT, sample=True),
    Kind("too-large-in-chunks", (413,), _endless_chunks, TIGHT, sample=True),
    Kind("stalled-body", (408, 504), _stalled_body, TIGHT, sample=True),
    Kind("too-slow", (504,), _locked, TIGHT, sample=True, database=("sqlite", "postgresql")),
    Kind("crash", (500,), _broken, sample=True, database=("sqlite", "postgresql")),
    Kind("crash-in-development", (500,), _broken, DEVELOPMENT, sample=True, database=("sqlite", "postgresql")),
)

# What the HTTP server refuses before the application sees a request.
_HOST = b"Host: localhost\r\n"
SERVER_ERRORS = (
    Kind("no-http", (400, 501), _raw(b"NONSENSE\r\n\r\n")),
    Kind("no-host", (400,), _raw(b"GET /api/v1/users HTTP/1.1\r\n\r\n")),
    Kind("two-hosts", (400,), _raw(b"GET / HTTP/1.1\r\n" + _HOST + b"Host: evil.example\r\n\r\n")),
    Kind("bad-header", (400,), _raw(b"GET / HTTP/1.1\r\n" + _HOST + b"no colon here\r\n\r\n")),
    Kind("bad-length", (400,), _raw(b"POST / HTTP/1.1\r\n" + _HOST + b"Content-Length: ten\r\n\r\n")),
    Kind(
        "two-lengths",
        (400,),
        _raw(b"POST / HTTP/1.1\r\n" + _HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
    ),
    Kind("unknown-coding", (400, 501), _raw(head("POST", "/", {"Transfer-Encoding": "xchunked"}) + b"0\r\n\r\n")),
    Kind("blank-before-colon", (400,), _raw(b"GET / HTTP/1.1\r\n" + _HOST + b"X-Name : value\r\n\r\n")),
    Kind("bad-version", (400, 505), _raw(b"GET / HTTP/9.9\r\n" + _HOST + b"\r\n")),
    Kind("long-header", (400, 431), _raw(head("GET", "/", {"X-Long": "x" * 200_000}))),
    Kind("long-path", (400, 404, 414, 431), _raw(head("GET", "/" + "x" * 200_000))),
)

ERRORS = APPLICATION_ERRORS + SERVER_ERRORS
ALL = SUCCESSES + ERRORS
