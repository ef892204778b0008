"""Programs that tests run: found in PATH or built, or a skip that says why; and local peers of theirs."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from gzip import decompress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TypeVar

import pytest

from tests.support.ports import LOOPBACK
from tests.support.tools import ToolMissingError, otel_collector

_BUILT: Mapping[str, Callable[[], str]] = {"otelcol": otel_collector}
_Value = TypeVar("_Value")

_HINTS = {
    "prometheus": "Debian, Ubuntu: apt-get install prometheus; macOS: brew install prometheus",
    "promtool": "it comes with Prometheus; Debian, Ubuntu: apt-get install prometheus",
}


def program(name: str) -> str:
    """Return the path of a program, from PATH or built here; skips the test where there is none."""
    if found := shutil.which(name):
        return found
    if name not in _BUILT:
        pytest.skip(f"{name} is not in PATH: {_HINTS[name]}")
    try:
        return _BUILT[name]()
    except ToolMissingError as error:
        pytest.skip(str(error))


@contextmanager
def running(command: list[str], log: Path, environment: Mapping[str, str] | None = None) -> Iterator[None]:
    """Run a program until the block ends; what it prints goes into `log`, and into the failure of a block."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
        try:
            yield
        except Exception as error:
            error.add_note(f"{command[0]} printed:\n{log.read_text('utf-8', 'replace')[-3000:]}")
            raise
        finally:
            process.terminate()
            process.wait(30)


def wait_for(ask: Callable[[], _Value], seconds: float = 60) -> _Value:
    """Return the first answer that is true; what raises OSError is asked again. Fails after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if answer := ask():
                return answer
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"nothing came within {seconds} seconds")


@dataclass
class Request:
    """One request that a peer received; names of headers in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Peer:
    """A local HTTP server that keeps what it receives."""

    url: str
    requests: list[Request] = field(default_factory=list)

    def posted(self, path: str) -> list[Request]:
        """Return what was posted to a path."""
        return [request for request in list(self.requests) if request.path == path]


@contextmanager
def listening_peer(answers: Callable[[Request], bytes], headers: Mapping[str, str] | None = None) -> Iterator[Peer]:
    """Serve 200 and what `answers` returns, to every request."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if self.headers.get("content-encoding") == "gzip":
                body = decompress(body)
            names = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.path.partition("?")[0], names, body)
            peer.requests.append(request)
            answer = answers(request)
            self.send_response(200)
            for name, value in {"content-length": str(len(answer)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        peer = Peer(f"http://{LOOPBACK}:{server.server_port}")
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield peer
        finally:
            server.shutdown()
            thread.join()
