"""The issuer's public keys (a JWK set, RFC 7517): fetched when needed, kept, renewed, let go."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from math import inf
from ssl import SSLContext
from time import monotonic
from typing import Any

import httpx2
import structlog
from joserfc.jwk import Key, import_key

from .errors import UnavailableError

# A key that the issuer withdraws is trusted for this long,
RENEW_SECONDS = 600
# or, when the issuer does not answer, for this long.
KEEP_SECONDS = 6 * 3600
# Least time between two fetches that unknown keys or failures cause.
PAUSE_SECONDS = 10
FETCH_SECONDS = 5

log = structlog.get_logger(__name__)


class UnknownKeyError(Exception):
    """The issuer publishes no such key."""


@cache
def _trust() -> SSLContext:
    """Whom to trust, read once: that takes a tenth of a second."""
    return httpx2.create_ssl_context()


async def fetch_json(url: str) -> dict[str, Any]:
    """The JSON object at `url`. Raises httpx2.HTTPError, and ValueError if it is something else."""
    trust = await asyncio.to_thread(_trust)
    async with httpx2.AsyncClient(verify=trust, timeout=FETCH_SECONDS) as client:
        document = (await client.get(url)).raise_for_status().json()
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - bad content, as bad JSON is
    return document


def usable_keys(document: dict[str, Any]) -> dict[str, Key]:
    """The keys of a JWK set that verify signatures, by id; the others are left out.

    A symmetric key never counts: whoever can read it could sign with it. Raises ValueError if
    there is none that does.
    """
    keys: dict[str, Key] = {}
    for member in document.get("keys", []):
        try:
            if member["kty"] in {"RSA", "EC"} and member.get("use", "sig") == "sig":
                keys[member["kid"]] = import_key(member)
        except Exception:  # noqa: BLE001, S112 - whatever is wrong with it, the others may be good
            continue
    if not keys:
        raise ValueError("no key that verifies signatures")
    return keys


class KeyStore:
    """Keeps the keys that `fetch` gets; all who wait share one fetch."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[dict[str, Any]]],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, Key] = {}
        self._fetched = self._failed = self._looked = -inf
        self._renewal: asyncio.Task[None] | None = None

    def find(self, kid: str) -> Key:
        """The key with that id. Raises UnknownKeyError."""
        try:
            return self._keys[kid]
        except KeyError:
            raise UnknownKeyError from None

    async def ensure(self) -> None:
        """Have keys that are not too old. Raises UnavailableError if none can be had."""
        age = self._clock() - self._fetched
        if age < RENEW_SECONDS:
            return
        if age < KEEP_SECONDS:
            if not self._resting(self._failed):
                self._renew()
            return
        self._keys = {}
        if not self._resting(self._failed):
            await asyncio.shield(self._renew())
        self._raise_if_failing()

    async def look_again(self) -> None:
        """Fetch the keys because one was not found, but not too often.

        Raises UnavailableError if the issuer does not answer.
        """
        if self._renewing or not self._resting(max(self._looked, self._failed)):
            self._looked = self._clock()
            await asyncio.shield(self._renew())
        self._raise_if_failing()

    def _resting(self, since: float) -> bool:
        return self._clock() - since < PAUSE_SECONDS

    def _raise_if_failing(self) -> None:
        if self._failed > self._fetched:
            raise UnavailableError("the issuer's keys cannot be fetched")

    @property
    def _renewing(self) -> bool:
        return self._renewal is not None and not self._renewal.done()

    def _renew(self) -> asyncio.Task[None]:
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._fetch_keys())
        return self._renewal

    async def _fetch_keys(self) -> None:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                keys = usable_keys(await self._fetch())
        except Exception as error:  # noqa: BLE001 - whatever it is, there are no new keys
            self._failed = self._clock()
            log.warning("issuer keys not fetched", error=repr(error))
            return
        self._keys = keys
        self._fetched = self._clock()
        log.info("issuer keys fetched", keys=sorted(keys))
