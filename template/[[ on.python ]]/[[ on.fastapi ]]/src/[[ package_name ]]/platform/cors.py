"""CORS: off, unless origins are named."""

from collections.abc import Sequence
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .errors import problem_response


class _Refusal(Response):
    """A preflight that is not allowed, as a problem."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {"vary": self.headers["vary"]}
        response = problem_response(scope, 400, bytes(self.body).decode(), headers)
        await response(scope, receive, send)


class _CORSMiddleware(CORSMiddleware):
    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code < HTTPStatus.BAD_REQUEST:
            return response
        return _Refusal(response.body, headers={"vary": response.headers["vary"]})


def cors_middleware(origins: Sequence[str]) -> list[Middleware]:
    """The middleware that lets pages of `origins` call the API, without cookies; none for none."""
    if not origins:
        return []
    return [
        Middleware(
            _CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["authorization", "content-type", "traceparent", "x-request-id"],
            expose_headers=[
                "location",
                "ratelimit",
                "ratelimit-policy",
                "retry-after",
                "x-request-id",
            ],
        )
    ]
