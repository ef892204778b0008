"""What all calls to third parties have in common: a time limit, and a circuit that opens."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import structlog
from pybreaker import CircuitBreaker, CircuitBreakerError, CircuitBreakerListener

from ..domain.providers import ProviderError, ProviderRefusedError, ProviderUnavailableError
from ..platform.settings import Settings

# Part of a request's time that a call has, so that the answer to its failure still gets out.
SHARE = 2 / 3
# Failures in a row that open the circuit, and for how long.
FAILURES = 5
REST_SECONDS = 30
# How often a call is tried again when that is safe.
RETRIES = 2

log = structlog.get_logger(__name__)


class Outbound:
    """The calls to one provider: each has `seconds` at most, its retries included.

    After failures in a row the circuit opens, and the provider is left alone for a while. What it
    refuses is no failure of this kind: it lives.
    """

    def __init__(self, provider: str, settings: Settings) -> None:
        self.provider = provider
        self.seconds = settings.request_timeout_seconds * SHARE
        self.breaker = CircuitBreaker(
            fail_max=FAILURES,
            reset_timeout=REST_SECONDS,
            exclude=[_is_no_outage],
            listeners=[_Log()],
            name=provider,
            throw_new_error_on_trip=False,
        )

    @asynccontextmanager
    async def call(self) -> AsyncIterator[None]:
        """A call, in the block. Raises ProviderUnavailableError when its time is over.

        While the circuit is open it raises the same without entering the block.
        """
        try:
            with self.breaker.calling():
                try:
                    async with asyncio.timeout(self.seconds):
                        yield
                except TimeoutError as error:
                    raise ProviderUnavailableError(f"{self.provider}: out of time") from error
        except CircuitBreakerError as error:
            message = f"{self.provider}: the circuit is open"
            raise ProviderUnavailableError(message, self.breaker.reset_timeout) from error

    def failure(
        self, reason: str, status: int | None = None, headers: Mapping[str, str] | None = None
    ) -> ProviderError:
        """The error for an answer with that status; without one there was no answer.

        `reason` is for the log: a code of the provider, never its text, which may quote us.
        """
        message = f"{self.provider}: {reason}"
        if status is None:
            return ProviderUnavailableError(message)
        message = f"{message}, status {status}"
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return ProviderUnavailableError(message, retry_after(headers or {}))
        return ProviderRefusedError(message)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that Retry-After asks to wait; None without it, or where it is a date."""
    value = headers.get("retry-after", "")
    return float(value) if value.isdecimal() and value.isascii() else None


def _is_no_outage(error: BaseException) -> bool:
    return not isinstance(error, ProviderUnavailableError)


class _Log(CircuitBreakerListener):
    def state_change(self, cb: CircuitBreaker, old_state: Any, new_state: Any) -> None:
        log.warning("circuit", provider=cb.name, before=old_state.name, now=new_state.name)
