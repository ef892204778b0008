"""Load from several clients at once, with an account of what happened to every request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Self

import httpx2

from .wire import ClosedError, Wire

# Scheduling on a busy machine: how much earlier than it says a client may have met the closed listener.
SLACK = 0.3


@dataclass(frozen=True)
class Request:
    """What happened to one request.

    Attributes:
        sent: monotonic time when it was sent, in seconds.
        end: "answered"; "refused" when no connection was made; "closed" when the connection ended
            before the first byte of an answer; "broken" when it ended in the middle of one.
        reused: whether an earlier request had been answered on its connection.
        idle_since: when that earlier answer had come; with a new connection the same as `sent`.
        response: the answer, if there is one.
    """

    sent: float
    end: Literal["answered", "refused", "closed", "broken"]
    reused: bool
    idle_since: float
    response: httpx2.Response | None = None

    def __str__(self) -> str:
        status = self.response.status_code if self.response else "-"
        return f"{self.end} (status {status}, {'reused' if self.reused else 'new'} connection, sent at {self.sent:.3f})"


class Load:
    """Clients that send one request after the other until their block ends; half of them keep connections alive.

    Args:
        port: of the service on the loopback interface.
        make: returns the bytes of the next request.
        clients: how many at once.
    """

    def __init__(self, port: int, make: Callable[[], bytes], clients: int = 6) -> None:
        self._port = port
        self._make = make
        self._stopping = threading.Event()
        self._account: list[Request] = []
        self._threads = [
            threading.Thread(target=self._run, args=(number % 2 == 0,), daemon=True) for number in range(clients)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def so_far(self) -> list[Request]:
        """Return the account of the requests that have ended."""
        return list(self._account)

    def statuses(self) -> set[int]:
        """Return the status codes seen so far."""
        return {request.response.status_code for request in self.so_far() if request.response is not None}

    def _run(self, keep_alive: bool) -> None:
        wire: Wire | None = None
        idle_since = 0.0
        while not self._stopping.is_set():
            sent = time.monotonic()
            reused = wire is not None
            response = None
            end: Literal["answered", "refused", "closed", "broken"] = "answered"
            try:
                wire = wire or Wire(self._port)
            except OSError:
                end = "refused"
                time.sleep(0.05)
            else:
                try:
                    wire.send(self._make())
                    response = wire.response()
                except (ClosedError, BrokenPipeError, ConnectionResetError):
                    end = "closed"
                except (OSError, httpx2.RemoteProtocolError):
                    end = "broken"
                if response is None or not keep_alive or response.headers.get("connection", "").lower() == "close":
                    wire.close()
                    wire = None
            self._account.append(Request(sent, end, reused, idle_since if reused else sent, response))
            idle_since = time.monotonic()
        if wire is not None:
            wire.close()


def lost(requests: list[Request], closing: float) -> list[Request]:
    """Return the requests that a service which closes its listener in good order would not have lost.

    A client can't know the moment in advance. So what it sends from then on may be refused, and may
    be closed without an answer on a connection that the service had no chance to announce the end
    of: a new one, or one whose last answer came before. All else must be answered, and in full.

    Args:
        closing: monotonic time from which the service may refuse connections, in seconds.
    """
    return [request for request in requests if request.end != "answered" and not _in_order(request, closing)]


def _in_order(request: Request, closing: float) -> bool:
    if request.end == "broken" or request.sent < closing - SLACK:
        return False
    return request.end == "refused" or request.idle_since <= closing + SLACK
