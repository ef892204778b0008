"""A Redis server for tests: on a free port, with its files in a temporary folder, stopped at the end."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .ports import LOOPBACK, free_port

INSTALL_HINT = (
    "no redis-server in PATH: install it (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis)"
)


class RedisMissingError(RuntimeError):
    """The server's program is not on this machine; the message says what to install."""


@contextmanager
def running_redis() -> Iterator[str]:
    """Run a server until the block ends; yields its URL.

    Raises:
        RedisMissingError: the server's program is not on this machine.
        RuntimeError: it does not answer within 30 seconds.
    """
    program = shutil.which("redis-server")
    if program is None:
        raise RedisMissingError(INSTALL_HINT)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        command = [program, "--bind", LOOPBACK, "--port", str(port), "--save", "", "--dir", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield f"redis://{LOOPBACK}:{port}/0"
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    message = f"redis-server does not answer on port {port}"
    raise RuntimeError(message)
