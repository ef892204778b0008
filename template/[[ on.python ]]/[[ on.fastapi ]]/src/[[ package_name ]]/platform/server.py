"""The HTTP server: uvicorn, with problem details for what it refuses itself and an orderly stop."""

import asyncio
import os
import re
import sys
import threading
from http import HTTPStatus
from socket import socket
from types import FrameType
from uuid import uuid4

import httptools
import structlog
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from .errors import MEDIA_TYPE, Problem
from .health import Readiness
from .security_headers import SECURITY_HEADERS
from .settings import Settings

MAX_HEAD_BYTES = 65536
# Longer than a load balancer's idle time (60 s on AWS), which must be the one to close.
KEEP_ALIVE_SECONDS = 75

_REQUEST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ \S+ HTTP/1\.[01]\r\n")

log = structlog.get_logger(__name__)


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with problem details, and limits on a request's head."""

    head_seconds = 30.0

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
        log.warning("request refused", request_id=request_id, status=status, detail=detail)


class Server(uvicorn.Server):
    """Stops in order on SIGTERM or SIGINT, and hard on a second one or after the grace period.

    First /ready turns 503 while requests are still accepted, so that load balancers look
    elsewhere; after the delay the listener closes and the requests in flight are finished.
    """

    def __init__(
        self, config: uvicorn.Config, readiness: Readiness, delay: float, grace: float
    ) -> None:
        super().__init__(config)
        self._readiness = readiness
        self._delay = delay
        self._grace = grace
        self._second_signal = threading.Event()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Not calling super(), which would raise the signal again after the shutdown: a process
        # that stopped as it was told to exits with 0.
        if self._readiness.stopping:
            self._second_signal.set()
            return
        self._readiness.stopping = True
        threading.Thread(target=self._watch, daemon=True).start()
        asyncio.get_running_loop().call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        log.info("stopping", delay_seconds=self._delay, grace_seconds=self._grace)
        for connection in self.server_state.connections:
            if isinstance(connection, Protocol) and connection.cycle is not None:
                connection.cycle.keep_alive = False
        close = (b"connection", b"close")
        self.config.encoded_headers.append(close)
        self.server_state.default_headers = [*self.server_state.default_headers, close]
        asyncio.get_running_loop().call_later(self._delay, setattr, self, "should_exit", True)

    def _watch(self) -> None:
        # A thread, because the event loop may be what hangs.
        told = self._second_signal.wait(self._grace)
        reason = "second signal" if told else "grace period over"
        # And another one for the log, because whoever reads it may hang as well.
        last_words = threading.Thread(
            target=log.error, args=("hard stop",), kwargs={"reason": reason}
        )
        last_words.daemon = True
        last_words.start()
        last_words.join(0.5)
        os._exit(1)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        # Requests that are on the wire already: uvicorn drops a connection that has none yet.
        await asyncio.sleep(0.1)
        await super().shutdown(sockets)


def serve(app: FastAPI, settings: Settings) -> None:
    """Serve `app` until a signal ends it."""

    class LimitedProtocol(Protocol):
        head_seconds = settings.request_timeout_seconds

    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=LimitedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level=settings.log_level,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    server = Server(
        config,
        app.state.readiness,
        delay=settings.shutdown_delay_seconds,
        grace=settings.shutdown_grace_seconds,
    )
    server.run()
