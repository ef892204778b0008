"""A running process of the target: started, watched and ended, never imported."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from typing import IO, TYPE_CHECKING, Any, Self

import httpx2

from tests.support.ports import LOOPBACK, free_port

from . import waiting
from .contract import VARIABLE_NAMES
from .identity import LAYOUTS, WRITER
from .issuer import Issuer, authorization
from .wire import Wire, head

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .database import Database
    from .target import Target

LogLine = dict[str, Any]


def environment(target: Target, database: Database | None, port: int, metrics_port: int) -> dict[str, str]:
    """Return the variables of a start: a complete, valid configuration that leaves most to its defaults.

    The test run's own environment is passed on (a runtime needs HOME, PATH and its own), but none
    of the contract's variables in it, so that what a test leaves out is really missing.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in VARIABLE_NAMES}
    settings = {
        "ENVIRONMENT": "production",
        "HOST": LOOPBACK,
        "PORT": str(port),
        "RATE_LIMIT_PER_MINUTE": "1000000",
        "SHUTDOWN_DELAY_SECONDS": "0",
    }
    if target.metrics:
        settings["METRICS_PORT"] = str(metrics_port)
    if database is not None:
        settings["DATABASE_URL"] = database.url
    if target.auth != "none":  # any issuer will do for a command that serves nobody
        settings |= LAYOUTS[target.auth].variables("https://id.example.com")
    return inherited | settings | target.start.env


class Service:
    """One process of the target on its own loopback port, with everything that it writes.

    Args:
        settings: variables that differ from `environment`; None leaves one out.

    Attributes:
        http: a client whose requests carry a token that permits everything, where the target takes tokens.
        credentials: the header with that token, empty where it takes none.
    """

    def __init__(
        self,
        target: Target,
        database: Database | None,
        issuer: Issuer | None,
        settings: Mapping[str, str | None] | None = None,
    ) -> None:
        self.database = database
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.credentials = authorization(issuer.token(WRITER)) if issuer is not None else {}
        trusted = issuer.variables if issuer is not None else {}
        self.http = httpx2.Client(
            base_url=self.url, headers=self.credentials, timeout=waiting.PATIENCE, trust_env=False
        )
        self._deadline = target.start.deadline_seconds
        metrics_port = free_port()
        self.metrics_url = f"http://{LOOPBACK}:{metrics_port}/metrics"
        merged = environment(target, database, self.port, metrics_port) | trusted | dict(settings or {})
        self._process = subprocess.Popen(
            target.start.command,
            cwd=target.folder,
            env={name: value for name, value in merged.items() if value is not None},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Its own group, so that a Ctrl-C for the test run doesn't reach it and nothing of it is left behind.
            start_new_session=sys.platform != "win32",
        )
        self.stdout = _Lines(self._process.stdout)
        self.stderr = _Lines(self._process.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """What the process ended with; None while it runs, negative for an uncaught signal."""
        return self._process.poll()

    def wait_ready(self) -> Self:
        """Return when /ready answers 200.

        Raises:
            AssertionError: the process ended, or isn't ready within the descriptor's deadline;
                the message has what it wrote.
        """
        settled = waiting.happens(lambda: self.exit_code is not None or self._ready(), self._deadline)
        assert settled, self._told(f"not ready within {self._deadline:g} s")
        assert self.exit_code is None, self._told(f"it ended with exit code {self.exit_code} instead of serving")
        return self

    def wait_exit(self, within: float | None = None) -> int:
        """Return the exit code when the process has ended and all that it wrote is read.

        Raises:
            AssertionError: it still runs after that many seconds (PATIENCE by default).
        """
        try:
            code = self._process.wait(within or waiting.PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(self._told("it still runs")) from None
        self.stdout.join()
        self.stderr.join()
        return code

    def signal(self, name: str = "SIGTERM") -> None:
        """Send a signal to the process."""
        self._process.send_signal(signal.Signals[name])

    def head(self, method: str, path: str, headers: Mapping[str, str | int] | None = None) -> bytes:
        """Return the head of a request that carries the credentials."""
        return head(method, path, self.credentials | dict(headers or {}))

    def wire(self) -> Wire:
        """Open a raw connection to the process."""
        return Wire(self.port)

    def logs(self) -> list[LogLine]:
        """Return the log lines so far.

        Raises:
            AssertionError: a line on stdout is not a JSON object.
        """
        return [parse_log_line(line) for line in self.stdout.so_far()]

    def wait_log(self, matches: Callable[[LogLine], bool], what: str) -> LogLine:
        """Return the first log line that matches, waiting for it to be written.

        Raises:
            AssertionError: there is none in time; `what` says what was looked for.
        """
        found: list[LogLine] = []

        def search() -> bool:
            found[:] = [line for line in self.logs() if matches(line)]
            return bool(found)

        assert waiting.happens(search), self._told(f"never logged: {what}")
        return found[0]

    def output(self) -> str:
        """Return everything written to stdout and stderr so far."""
        return "\n".join([*self.stdout.so_far(), *self.stderr.so_far()])

    def last_output(self) -> str:
        """Return the end of what was written to stdout and stderr, for people to read."""
        return "\n".join([*self.stdout.so_far()[-15:], *self.stderr.so_far()[-30:]])

    def end(self) -> None:
        """End the process and whatever it started, and release what the test side holds."""
        self.http.close()
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if sys.platform != "win32":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self.stdout.join()
        self.stderr.join()

    def left_behind(self) -> bool:
        """Return whether processes that the service started outlive it (POSIX; False elsewhere)."""
        if sys.platform == "win32":
            return False
        try:
            os.killpg(self._process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _ready(self) -> bool:
        try:
            return self.http.get("/ready").status_code == 200
        except httpx2.TransportError:
            return False

    def _told(self, what: str) -> str:
        return f"{what}; the last that the service wrote:\n{self.last_output() or '(nothing)'}"


class _Lines:
    """The lines of a stream, read by a thread so that the process never waits for its reader."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        assert stream is not None
        self._lines: list[str] = []
        self._stream = stream
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def so_far(self) -> list[str]:
        """Return the lines read until now, without empty ones."""
        return list(self._lines)

    def join(self) -> None:
        """Return when the stream has ended; a process that outlives its parent may hold it open."""
        self._thread.join(waiting.PATIENCE)

    def _read(self) -> None:
        with self._stream:
            for line in self._stream:
                text = line.decode("utf-8", errors="replace").rstrip()
                if text:
                    self._lines.append(text)


def parse_log_line(line: str) -> LogLine:
    """Return a line of output as the JSON object that it must be."""
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    assert isinstance(value, dict), f"a line of output that is not a JSON object: {line!r}"
    return value
