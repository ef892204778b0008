"""The processes of a test run: one of each configuration, shared by the tests that don't harm it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Self

from .database import Backend, Database
from .issuer import Issuer
from .service import Service
from .target import Target

ORIGIN = "https://app.example.com"
MAX_BYTES = 2048
LIMIT = 4

Settings = Mapping[str, str | None]  # None: not set, so that the default counts

# The configurations that processes are shared in. A start takes seconds, so there are few.
PLAIN: Settings = {}
TIGHT: Settings = {
    "ALLOWED_HOSTS": "localhost, 127.0.0.1, api.example.com",
    "CORS_ORIGINS": ORIGIN,
    "RATE_LIMIT_PER_MINUTE": None,
    "REQUEST_MAX_BYTES": str(MAX_BYTES),
    "REQUEST_TIMEOUT_SECONDS": "1",
}
# Where frameworks are most talkative.
DEVELOPMENT: Settings = {"ALLOWED_HOSTS": "*", "ENVIRONMENT": "development", "LOG_LEVEL": "debug"}
# The tests themselves come from 127.0.0.1, so here from a stranger, and there from a trusted proxy.
WARY: Settings = {"RATE_LIMIT_PER_MINUTE": str(LIMIT), "TRUSTED_PROXIES": "10.0.0.0/8,2001:db8::/32"}
TRUSTING: Settings = {"RATE_LIMIT_PER_MINUTE": str(LIMIT), "TRUSTED_PROXIES": "127.0.0.0/8"}


class Fleet:
    """Starts processes of a target, and ends them all when its block ends.

    Args:
        backend: where their databases come from; None for a target without one.
        issuer: whose tokens they take; None for a target that takes none.
    """

    def __init__(self, target: Target, backend: Backend | None, issuer: Issuer | None) -> None:
        self.target = target
        self.backend = backend
        self.issuer = issuer
        self._shared: dict[frozenset[tuple[str, str | None]], Service] = {}
        self._running = ExitStack()
        self._unused: Database | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def shared(self, settings: Settings = PLAIN) -> Service:
        """Return the ready process with these settings, started when it is first asked for.

        Each has a database of its own. A test may add to it and must leave it as able as before.
        """
        key = frozenset(settings.items())
        if key not in self._shared:
            self._shared[key] = self._running.enter_context(self.start(**settings))
        service = self._shared[key]
        try:
            return service.wait_ready()
        except AssertionError:
            service.end()  # so that no other test waits for it again
            raise

    def start(self, **settings: str | None) -> Service:
        """Start a process with a database of its own; the caller ends it, as a context manager."""
        return Service(self.target, self._database(), self.issuer, settings)

    def start_in_vain(self, **settings: str | None) -> Service:
        """Start a process that will refuse its settings, and so needs no database of its own."""
        if self._unused is None:
            self._unused = self._database()
        return Service(self.target, self._unused, self.issuer, settings)

    def _database(self) -> Database | None:
        return None if self.backend is None else self.backend.migrated()
