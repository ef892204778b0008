"""Requests, answers and problems."""

from __future__ import annotations

import http
import json
from dataclasses import dataclass, field
from typing import Any

from .mutant import mutant

Headers = dict[str, str]


@dataclass
class Request:
    """A request with what the server found out about it."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    request_id: str
    trace_id: str | None
    client: str
    route: str | None = None


@dataclass
class Answer:
    """What a request gets."""

    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=dict)


class ProblemError(Exception):
    """An error that the client is told about."""

    def __init__(self, status: int, detail: str, headers: Headers | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}
        self.members = members


def as_json(status: int, value: Any, **headers: str) -> Answer:
    """Return an answer in JSON."""
    return Answer(status, json.dumps(value).encode(), {"content-type": "application/json", **headers})


def as_problem(error: ProblemError, request_id: str, path: str) -> Answer:
    """Return the answer that tells of an error."""
    if error.status == http.HTTPStatus.NOT_FOUND and mutant("bare-404"):
        return Answer(404, b"not found", {"content-type": "text/plain"})
    document = {
        "type": "about:blank",
        "title": http.HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.detail,
        "instance": path,
        "request_id": request_id,
        **error.members,
    }
    media_type = "application/json" if mutant("problem-as-json") else "application/problem+json"
    return Answer(error.status, json.dumps(document).encode(), {"content-type": media_type, **error.headers})
