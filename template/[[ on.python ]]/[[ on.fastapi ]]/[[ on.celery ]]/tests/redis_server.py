"""A Redis for the tests, empty at their beginning.

It is a server of its own where `redis-server` is in PATH, else database 15 of the server of
REDIS_URL, else of .env.example's, which `docker compose up --detach --wait redis` starts.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from urllib.parse import urlsplit

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from .support import EXAMPLE, free_port

SHARED = urlsplit(os.environ.get("REDIS_URL") or EXAMPLE["REDIS_URL"])._replace(path="/15").geturl()


class RedisServer:
    """A server of the tests' own, which keeps what it has over a restart."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self.start()

    def start(self) -> None:
        """Start it, and return when it answers."""
        options = f"--port {self.port} --bind 127.0.0.1 --appendonly yes --appendfsync always"
        self._process = subprocess.Popen(
            ["redis-server", *options.split(), "--save", ""],  # noqa: S607 - as people start it
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        wait_for_redis(self.url)

    def stop(self) -> None:
        """Stop it, and return when it is gone."""
        self._process.terminate()
        self._process.wait(30)


def wait_for_redis(url: str) -> None:
    """Return when the server answers; fails after 30 s."""
    for _ in range(300):
        try:
            Redis.from_url(url).ping()
        except RedisConnectionError:
            sleep(0.1)
        else:
            return
    raise AssertionError("Redis does not answer")


@contextmanager
def own_redis() -> Iterator[RedisServer]:
    """A server that the test may stop and start; skips the test where there is no program."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not in PATH: the server of REDIS_URL can't be stopped")
    with TemporaryDirectory() as folder:
        server = RedisServer(Path(folder))
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def temporary_redis() -> Iterator[str]:
    """The URL of an empty Redis.

    Where there is none, the tests that need one are skipped; in CI they fail.
    """
    if shutil.which("redis-server"):
        with own_redis() as server:
            yield server.url
        return
    shared = Redis.from_url(SHARED)
    try:
        shared.flushdb()
    except RedisConnectionError as error:
        reason = f"no redis-server in PATH, and {error}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    yield SHARED
    shared.flushdb()
