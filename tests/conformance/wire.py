"""HTTP/1.1 by hand over a socket, for what no client library lets a test send.

Answers come back as `httpx2.Response`, like those of the ordinary client, read strictly: an
answer whose framing is wrong is an error here.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable, Mapping
from typing import Self

import httpx2

from tests.support.ports import LOOPBACK

from . import waiting


class ClosedError(ConnectionError):
    """The service closed the connection before the first byte of an answer."""


def head(method: str, path: str, headers: Mapping[str, str | int] | None = None, host: str = "localhost") -> bytes:
    """Return the head of a request, with the blank line that ends it."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def chunk(data: bytes) -> bytes:
    """Return one chunk of a body in chunked transfer coding; empty data make the last chunk."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


class Wire:
    """One TCP connection to a service on the loopback interface.

    Raises:
        OSError: the connection was refused.
        TimeoutError: from any method, when the service stays silent for `timeout` seconds (PATIENCE by default).
    """

    def __init__(self, port: int, timeout: float | None = None) -> None:
        self._socket = socket.create_connection((LOOPBACK, port), timeout=timeout or waiting.PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; what is under way is abandoned."""
        with contextlib.suppress(OSError):
            self._reader.close()
        self._socket.close()

    def send(self, *parts: bytes) -> None:
        """Send bytes as they are.

        Raises:
            ConnectionError: the service has closed the connection.
        """
        self._socket.sendall(b"".join(parts))

    def send_as_far_as_taken(self, parts: Iterable[bytes]) -> None:
        """Send until the service closes its side, as it may in the middle of too large a body."""
        with contextlib.suppress(ConnectionError):
            for part in parts:
                self._socket.sendall(part)

    def response(self, method: str = "GET") -> httpx2.Response:
        """Read one answer.

        Args:
            method: of the request that it answers; an answer to HEAD has no body.

        Raises:
            ClosedError: the connection was closed without an answer.
            httpx2.RemoteProtocolError: the answer is no well-formed HTTP/1.1.
        """
        try:
            status_line = self._reader.readline(65_536)
        except ConnectionError as error:
            raise ClosedError(str(error)) from error
        if not status_line:
            raise ClosedError("closed without an answer")
        version, _, rest = status_line.decode("latin-1").rstrip("\r\n").partition(" ")
        code = rest.partition(" ")[0]
        if version not in {"HTTP/1.1", "HTTP/1.0"} or not code.isdigit():
            message = f"not a status line: {status_line!r}"
            raise httpx2.RemoteProtocolError(message)
        headers = httpx2.Headers(self._header_lines())
        body = b"" if method == "HEAD" or code in {"204", "304"} else self._body(headers)
        return httpx2.Response(int(code), headers=headers, content=body)

    def closed(self) -> bool:
        """Return whether the service closes the connection, with nothing more sent, before patience ends."""
        try:
            return self._reader.read(1) == b""
        except TimeoutError:
            return False
        except ConnectionError:
            return True

    def _header_lines(self) -> list[tuple[str, str]]:
        fields: list[tuple[str, str]] = []
        while (line := self._line()) != "":
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                message = f"not a header field: {line!r}"
                raise httpx2.RemoteProtocolError(message)
            fields.append((name, value.strip()))
        return fields

    def _body(self, headers: httpx2.Headers) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while size := int(self._line().partition(";")[0], 16):
                body += self._exactly(size)
                self._exactly(2)
            while self._line():
                pass
            return body
        if "content-length" in headers:
            return self._exactly(int(headers["content-length"]))
        if headers.get("connection", "").lower() != "close":
            raise httpx2.RemoteProtocolError("the answer has neither a length nor Connection: close")
        return self._reader.read()

    def _line(self) -> str:
        line = self._reader.readline(65_536)
        if not line.endswith(b"\r\n"):
            message = f"the answer ends in the middle of a line: {line!r}"
            raise httpx2.RemoteProtocolError(message)
        return line[:-2].decode("latin-1")

    def _exactly(self, size: int) -> bytes:
        data = self._reader.read(size)
        if len(data) != size:
            message = f"the answer ends after {len(data)} of {size} bytes"
            raise httpx2.RemoteProtocolError(message)
        return data


def connects(port: int) -> bool:
    """Return whether something accepts connections on a loopback port."""
    try:
        Wire(port, timeout=1).close()
    except OSError:
        return False
    return True
