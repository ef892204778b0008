"""HTTP/1.1 on the wire: uvicorn's protocol, with problem details and limits on a request's head."""

import asyncio
import re
import sys
from http import HTTPStatus
from uuid import uuid4

import httptools
import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from .errors import MEDIA_TYPE, Problem
from .security_headers import SECURITY_HEADERS

MAX_HEAD_BYTES = 65536

_REQUEST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ \S+ HTTP/1\.[01]\r\n")

log = structlog.get_logger(__name__)


class Protocol(HttpToolsProtocol):
    """A connection. What no application ever sees is refused here."""

    head_seconds = 30.0
    """Longest time that a request's head may take, and a connection may stay without one."""

    _reading_head = False
    _head_bytes = 0
    _received = b""
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(self.head_seconds, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_timer()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reading_head = True
        self._head_bytes = 0
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_seconds, self._give_up)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._reading_head = False
        self._stop_timer()

    def data_received(self, data: bytes) -> None:
        self._received = data
        super().data_received(data)
        if self._reading_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(431, "The request line and headers are too large.")

    def send_400_response(self, msg: str) -> None:
        # The parser takes the methods that it knows; others may be well-formed requests as well.
        unknown_method = isinstance(sys.exception(), httptools.HttpParserInvalidMethodError)
        if unknown_method and _REQUEST_LINE.match(self._received):
            self._refuse(501, "The method is not known.")
        else:
            self._refuse(400, msg)

    def _give_up(self) -> None:
        if self._reading_head:
            self._refuse(408, "The request took too long to arrive.")
        else:
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, status: int, detail: str) -> None:
        request_id = str(uuid4())
        problem = Problem(
            title=HTTPStatus(status).phrase,
            status=status,
            detail=detail,
            instance="",
            request_id=request_id,
        )
        body = problem.to_json()
        headers = [
            *self.server_state.default_headers,
            *SECURITY_HEADERS,
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"x-request-id", request_id.encode()),
            (b"connection", b"close"),
        ]
        lines = (b"%b: %b\r\n" % header for header in headers)
        self.transport.write(b"".join([STATUS_LINE[status], *lines, b"\r\n", body]))
        self.transport.close()
        # The connection's callbacks may run in the context of the request before.
        structlog.contextvars.clear_contextvars()
        log.warning("request refused", request_id=request_id, status=status, detail=detail)
