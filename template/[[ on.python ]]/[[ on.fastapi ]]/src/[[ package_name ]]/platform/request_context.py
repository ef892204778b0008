"""Who asks for what: a request's id, its trace, and its line in the log."""

import re
from time import perf_counter
from typing import Any
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .health import PROBE_PATHS

_SAFE_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,128}")
# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)

log = structlog.get_logger(__name__)


class RequestContextMiddleware:
    """Gives each request an id, returns it, and logs the request when it has been answered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        headers = dict(scope["headers"])
        request_id = headers.get(b"x-request-id", b"")
        if not _SAFE_REQUEST_ID.fullmatch(request_id):
            request_id = str(uuid4()).encode()
        trace = _TRACEPARENT.fullmatch(headers.get(b"traceparent", b""))
        scope.setdefault("state", {})["request_id"] = request_id.decode()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(
            request_id=request_id.decode(), trace_id=trace[1].decode() if trace else None
        )
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id)]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            write = log.debug if scope["path"] in PROBE_PATHS else log.info
            write(
                "request",
                method=scope["method"],
                route=route_template(scope),
                status=status,
                duration_ms=round((perf_counter() - started) * 1000, 3),
                client=scope["client"][0] if scope["client"] else None,
            )


def route_template(scope: Scope) -> str | None:
    """The path of the route that answered, as declared (/users/{user_id}); None if none did."""
    # FastAPI keeps the prefixes that include_router() adds in a context beside the route.
    context: Any = scope.get("fastapi", {}).get("effective_route_context")
    return getattr(context or scope.get("route"), "path_format", None)
