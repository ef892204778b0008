"""The HTTP server: uvicorn, stopping in order."""

import asyncio
import os
import threading
from contextvars import Context
from socket import socket
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI

from .health import Readiness
from .protocol import Protocol
from .settings import Settings

# Longer than a load balancer's idle time (60 s, as a rule): the balancer must be the one to close.
KEEP_ALIVE_SECONDS = 75

log = structlog.get_logger(__name__)


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
        # In a context of its own: the signal may come in the middle of a request.
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(self._drain, context=Context())

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
            target=log.error, args=("hard stop",), kwargs={"reason": reason}, daemon=True
        )
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
