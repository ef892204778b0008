"""Errors that leave the service: problem details (RFC 9457), whoever raised them."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEDIA_TYPE = "application/problem+json"

log = structlog.get_logger(__name__)


class UnavailableError(Exception):
    """Something that the service depends on does not answer: 503, worth another try."""


class Violation(BaseModel):
    """One thing wrong with a request: in its body (`pointer`) or beside it (`parameter`)."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class Problem(BaseModel):
    """What went wrong. Some problems have members of their own besides these."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[Violation] | None = None

    def to_json(self) -> bytes:
        """The problem as a body of media type `MEDIA_TYPE`."""
        return to_json(self, exclude_none=True)


def problem_response(
    scope: Scope,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> Response:
    """A problem response to the request in `scope`; `detail` and `members` are for the client."""
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=scope["raw_path"].decode("ascii", "replace"),
        request_id=scope["state"]["request_id"],
        **members,
    )
    return Response(problem.to_json(), status, headers, media_type=MEDIA_TYPE)


class ErrorMiddleware:
    """Answers 500 to an exception that nobody handled, and logs it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception:
            if started:  # Too late for another answer: the server closes the connection.
                raise
            log.exception("unhandled exception")
            response = problem_response(scope, 500, "The service failed to answer the request.")
            await response(scope, receive, send)


def violation(location: Sequence[str | int], detail: str) -> Violation:
    """The violation at a location as Pydantic gives it: ("body", "name"), ("query", "limit")."""
    source, *path = location
    if source == "body":
        return Violation(pointer="#" + "".join(map(_reference, path)), detail=detail)
    return Violation(parameter=".".join(map(str, path)), detail=detail)


def _reference(part: str | int) -> str:
    # A JSON pointer as a URI fragment: https://www.rfc-editor.org/rfc/rfc6901#section-6
    return "/" + quote(str(part).replace("~", "~0").replace("/", "~1"), errors="replace", safe="~")


async def _http_exception(request: Request, error: HTTPException) -> Response:
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"allow": _allowed_methods(request)}
    return problem_response(request.scope, error.status_code, str(error.detail), headers)


def _allowed_methods(request: Request) -> str:
    # The framework names the methods of the first route of that path only.
    methods = {
        method
        for route in iter_route_contexts(request.app.routes)
        if route.methods and route.path_regex.match(request.scope["path"])
        for method in route.methods
    }
    return ", ".join(sorted(methods))


async def _invalid_request(request: Request, error: RequestValidationError) -> Response:
    problems = error.errors()
    if any(problem["type"] == "json_invalid" for problem in problems):
        return problem_response(request.scope, 400, "The body is not valid JSON.")
    violations = [violation(problem["loc"], problem["msg"]) for problem in problems]
    return problem_response(request.scope, 422, "The request is not valid.", errors=violations)


async def _unavailable(request: Request, error: UnavailableError) -> Response:
    log.warning("dependency unavailable", reason=str(error))
    return problem_response(
        request.scope, 503, "The service is not available at the moment.", {"retry-after": "1"}
    )


def handle_errors(app: FastAPI) -> None:
    """Let `app` answer the framework's errors, and UnavailableError, with problem details."""
    app.exception_handler(HTTPException)(_http_exception)
    app.exception_handler(RequestValidationError)(_invalid_request)
    app.exception_handler(UnavailableError)(_unavailable)
