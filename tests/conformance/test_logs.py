"""Point 3: one JSON object a line on stdout, with what identifies a request and nothing that is secret."""

from __future__ import annotations

import re
import time
import uuid
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from . import promises
from .contract import NOWHERE, REQUEST_ID, USERS
from .fleet import DEVELOPMENT, PLAIN, Fleet, Settings
from .replies import ALL, JSON, Kind, Replies, each, new_user
from .service import LogLine, Service
from .wire import head

LEVELS = {"debug", "info", "warning", "error", "critical"}
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


def logged(service: Service, response: httpx2.Response) -> LogLine:
    """Return the log line of the request that got this answer."""
    wanted = promises.request_id(response)
    return service.wait_log(
        lambda line: line.get("request_id") == wanted and "status" in line, f"the log line of request {wanted}"
    )


def test_every_line_is_json_with_the_common_fields(service: Service) -> None:
    logged(service, service.http.get("/openapi.json"))
    assert service.stderr.so_far() == [], "logs belong on stdout"
    for line in service.logs():
        assert line["level"] in LEVELS, line
        assert line["message"], line
        assert line["logger"], line
        assert isinstance(line["message"], str), line
        assert isinstance(line["logger"], str), line
        assert datetime.fromisoformat(line["timestamp"]).utcoffset() == timedelta(0), line


def test_a_request_is_logged_once_with_its_fields(service: Service) -> None:
    # Nobody has named a proxy, so an address that a header claims counts for nothing.
    response = service.http.get("/openapi.json?page=2", headers={"X-Forwarded-For": "198.51.100.1"})
    line = logged(service, response)
    assert line["method"] == "GET"
    assert line["route"] == "/openapi.json"
    assert line["status"] == 200
    assert isinstance(line["duration_ms"], int | float)
    assert 0 <= line["duration_ms"] < 60_000
    assert line["client"] == "127.0.0.1"
    assert line["level"] == "info"
    marker = logged(service, service.http.get("/openapi.json"))
    lines = [other for other in service.logs() if other.get("request_id") == line["request_id"] and "status" in other]
    assert lines == [line], f"not logged once before {marker}"


@pytest.mark.needs(sample=True)
def test_the_route_is_the_template_and_not_the_path(service: Service) -> None:
    templates = service.http.get("/openapi.json").json()["paths"]
    line = logged(service, service.http.get(f"{USERS}/{uuid.uuid4()}"))
    assert line["route"] in templates, line["route"]
    assert line["route"].startswith(f"{USERS}/")


def test_an_unknown_path_is_no_route(service: Service) -> None:
    """Else anybody could fill dashboards and indexes with routes of their own invention."""
    assert logged(service, service.http.get(NOWHERE)).get("route") != NOWHERE


@pytest.mark.parametrize("kind", each(ALL))
def test_every_answer_has_a_request_id(replies: Replies, kind: Kind) -> None:
    promises.request_id(replies[kind])


@pytest.mark.parametrize("sent", ["abcdefgh", "A.b_c-9876543210", "x" * 128])
def test_a_safe_request_id_is_kept(service: Service, sent: str) -> None:
    response = service.http.get("/openapi.json", headers={"X-Request-ID": sent})
    assert promises.request_id(response) == sent
    assert logged(service, response)["request_id"] == sent


@pytest.mark.parametrize(
    "sent", ["short", "x" * 129, "with space in it", 'quote"quote"quote', "abc/../../etc", "tab\tin the middle", ""]
)
def test_an_unsafe_request_id_is_replaced(service: Service, sent: str) -> None:
    response = service.http.get("/openapi.json", headers={"X-Request-ID": sent})
    made = promises.request_id(response)
    assert made != sent
    assert uuid.UUID(made)


def test_two_request_ids_are_none(service: Service) -> None:
    with service.wire() as wire:
        wire.send(head("GET", "/openapi.json", {"X-Request-ID": "first-of-two\r\nX-Request-ID: second-of-two"}))
        assert re.fullmatch(REQUEST_ID, promises.request_id(wire.response()))


def test_the_trace_id_is_logged(service: Service) -> None:
    headers = {"traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01"}
    assert logged(service, service.http.get("/openapi.json", headers=headers))["trace_id"] == TRACE_ID


@pytest.mark.parametrize(
    "sent",
    [
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6-00f067aa0ba902b7-01",
        "nonsense",
    ],
)
def test_an_invalid_traceparent_is_not_taken(service: Service, sent: str) -> None:
    """As W3C Trace Context has it: no zeros, no version ff, lower case, full length."""
    trace_id = logged(service, service.http.get("/openapi.json", headers={"traceparent": sent})).get("trace_id")
    assert trace_id is None or (trace_id not in sent and re.fullmatch(r"[0-9a-f]{32}", trace_id))


@pytest.mark.parametrize("settings", [PLAIN, DEVELOPMENT], ids=["info", "debug"])
def test_nothing_secret_is_logged(fleet: Fleet, settings: Settings) -> None:
    """Headers, query strings and bodies, of requests that succeed and that fail."""
    service = fleet.shared(settings)
    secret = f"canary{uuid.uuid4().hex}"
    headers = {
        "Authorization": f"Bearer {secret}",
        "Proxy-Authorization": f"Basic {secret}",
        "Cookie": f"session={secret}",
        "X-Api-Key": secret,
    }
    body = new_user() | {"name": secret}
    paths = ("/openapi.json", USERS, f"{USERS}/1", NOWHERE, "/health")
    answers = [service.http.get(f"{path}?token={secret}", headers=headers) for path in paths]
    answers += [
        service.http.post(f"{USERS}?token={secret}", headers=headers, json=body),
        service.http.post(USERS, headers=headers, json=body),  # a conflict, where the slice is there
        service.http.post(USERS, headers=headers, json={"name": secret * 10, "email": secret}),
        service.http.post(USERS, headers=headers | JSON, content=f'{{"name": "{secret}'.encode()),
    ]
    logged(service, service.http.get("/openapi.json"))
    assert {answer.status_code for answer in answers} >= {200, 404}
    assert secret not in service.output()


@pytest.mark.needs(database=["postgresql"])
def test_the_database_password_is_not_logged(fleet: Fleet) -> None:
    """Not even at debug level, when connections are made."""
    service = fleet.shared(DEVELOPMENT)
    assert service.database is not None
    password: Any = service.database.url.partition("://app:")[2].partition("@")[0]
    assert password
    assert password not in service.output()


@pytest.mark.needs(database=["sqlite", "postgresql"], sample=True)
def test_a_crash_is_logged_on_one_line_with_its_exception(fleet: Fleet) -> None:
    service = fleet.shared()
    assert service.database is not None
    user = new_user() | {"name": f"canary{uuid.uuid4().hex}"}
    with service.database.broken():
        response = service.http.post(USERS, json=user)
    wanted = promises.request_id(response)
    line = service.wait_log(
        lambda line: line.get("request_id") == wanted and bool(line.get("exception")), "a line with field 'exception'"
    )
    assert line["level"] in {"error", "critical"}
    assert user["name"] not in service.output(), "the exception shows the body of the request"


@pytest.mark.needs(sample=True)
def test_a_client_that_goes_away_is_no_error(service: Service) -> None:
    """It happens all day; it must neither wake anybody up nor hurt the process."""
    before = len(service.logs())
    for sent in (
        b"",
        b"GET /openapi.js",
        head("GET", "/openapi.json"),
        service.head("POST", USERS, JSON | {"Content-Length": "1000"}) + b'{"name": ',
        service.head("POST", USERS, JSON | {"Transfer-Encoding": "chunked"}) + b"5\r\n{",
    ):
        with service.wire() as wire:
            wire.send(sent)
    time.sleep(0.5)  # nothing can be waited for: what must not happen leaves no sign
    logged(service, service.http.get("/openapi.json"))
    errors = [line for line in service.logs()[before:] if line["level"] in {"error", "critical"} or "exception" in line]
    assert errors == []
    assert service.stderr.so_far() == []
