"""Point 4: every error is an RFC 9457 problem, whoever refuses, and shows nothing of the inside."""

from __future__ import annotations

import pytest

from . import promises
from .contract import NOWHERE, USERS
from .replies import ERRORS, JSON, Kind, Replies, each, new_user
from .service import Service
from .wire import head


@pytest.mark.parametrize("kind", each(ERRORS))
def test_an_error_is_a_problem(replies: Replies, kind: Kind) -> None:
    promises.problem(replies[kind], *kind.statuses)


def test_a_problem_says_which_request_it_is_about(service: Service) -> None:
    """The path, without the query, which may hold what nobody should see in an error report."""
    assert promises.problem(service.http.get(f"{NOWHERE}?token=1"), 404)["instance"] == NOWHERE


@pytest.mark.parametrize(("method", "path", "allowed"), [("DELETE", "/health", "GET"), ("POST", "/ready", "GET")])
def test_a_wrong_method_is_told_the_right_ones(service: Service, method: str, path: str, allowed: str) -> None:
    response = service.http.request(method, path)
    promises.problem(response, 405)
    assert allowed in response.headers["allow"].replace(" ", "").split(",")


@pytest.mark.needs(sample=True)
def test_allow_names_every_method_of_a_route(service: Service) -> None:
    response = service.http.put(USERS)
    promises.problem(response, 405)
    assert {"GET", "POST"} <= set(response.headers["allow"].replace(" ", "").split(","))


def test_an_error_to_head_has_no_body(service: Service) -> None:
    """The answer's framing must leave the connection usable for the next request."""
    with service.wire() as wire:
        wire.send(head("HEAD", NOWHERE), head("GET", "/health"))
        assert wire.response("HEAD").status_code == 404
        assert wire.response().json() == {"status": "ok"}


@pytest.mark.needs(sample=True)
@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name", "email"}),
        ({"name": "Ada Example"}, {"email"}),
        (new_user() | {"name": "   "}, {"name"}),
        (new_user() | {"name": "x" * 81}, {"name"}),
        (new_user() | {"name": 5}, {"name"}),
        (new_user() | {"email": "no address"}, {"email"}),
        ({"name": "", "email": ""}, {"name", "email"}),
    ],
)
def test_a_422_points_at_every_bad_field(service: Service, body: dict[str, object], fields: set[str]) -> None:
    assert promises.invalid_fields(promises.problem(service.http.post(USERS, json=body), 422)) == fields


@pytest.mark.needs(sample=True)
@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=many", "limit=1000000"])
def test_a_422_names_the_bad_parameter(service: Service, query: str) -> None:
    document = promises.problem(service.http.get(f"{USERS}?{query}"), 422)
    assert promises.invalid_fields(document) == {"limit"}
    assert all("parameter" in error for error in document["errors"])


@pytest.mark.needs(sample=True)
@pytest.mark.parametrize(
    "content",
    [
        *(b"[]", b'"text"', b"null", b"1e999", b'{"name": NaN}'),
        b"[" * 5000,  # deeper than a recursive parser can go
        b'{"name": "\\ud800", "email": "lone-surrogate@example.com"}',  # no encoding can write it
    ],
)
def test_json_that_is_no_user_is_refused(service: Service, content: bytes) -> None:
    promises.problem(service.http.post(USERS, headers=JSON, content=content), 400, 422)


@pytest.mark.needs(sample=True)
def test_a_nul_is_kept_or_refused(service: Service) -> None:
    """Databases differ in whether text may hold one; none of them makes it a crash."""
    user = new_user() | {"name": "Ada\x00Example"}
    response = service.http.post(USERS, json=user)
    if response.status_code == 201:
        assert response.json()["name"] == user["name"]
    else:
        promises.problem(response, 400, 422)
