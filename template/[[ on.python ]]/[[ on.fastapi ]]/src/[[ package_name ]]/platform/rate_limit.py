"""Rate limit by client address.

Its headers: draft-ietf-httpapi-ratelimit-headers.
"""

from ipaddress import IPv6Address, IPv6Network
from math import ceil
from time import monotonic

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import problem_response
from .health import PROBE_PATHS

WINDOW_SECONDS = 60


class FixedWindow:
    """Counts hits by key in windows of `seconds` that start with the key's first hit.

    Our own, because the storage that the `limits` library keeps in memory goes over all of its
    keys on each hit; this one does so once a window.
    """

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._windows: dict[str, tuple[float, int]] = {}
        self._next_sweep = 0.0

    def __len__(self) -> int:
        return len(self._windows)

    def hit(self, key: str, now: float) -> tuple[int, float]:
        """Count a hit at `now` (seconds): how many are left (-1 when over), and for how long."""
        if now >= self._next_sweep:
            self._windows = {k: window for k, window in self._windows.items() if window[0] > now}
            self._next_sweep = now + self.seconds
        ends, used = self._windows.get(key, (0.0, 0))
        if ends <= now:
            ends, used = now + self.seconds, 0
        if used < self.limit:
            used += 1
            self._windows[key] = ends, used
            return self.limit - used, ends - now
        return -1, ends - now


class RateLimitMiddleware:
    """Answers 429 to a client that asks more than `per_minute` times a minute.

    Each process counts for itself.
    """

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self.app = app
        self.window = FixedWindow(per_minute, WINDOW_SECONDS)
        self.policy = f'"default";q={per_minute};w={WINDOW_SECONDS}'.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PROBE_PATHS:
            await self.app(scope, receive, send)
            return
        remaining, seconds = self.window.hit(client_key(scope), monotonic())
        reset = ceil(round(seconds, 3))
        limit = f'"default";r={max(remaining, 0)};t={reset}'.encode()

        async def send_with_limit(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", ())
                policy = (b"ratelimit-policy", self.policy)
                message["headers"] = [*headers, policy, (b"ratelimit", limit)]
            await send(message)

        if remaining >= 0:
            await self.app(scope, receive, send_with_limit)
            return
        response = problem_response(
            scope, 429, "Too many requests from this address.", {"retry-after": str(reset)}
        )
        await response(scope, receive, send_with_limit)


def client_key(scope: Scope) -> str:
    """The client's address; of an IPv6 address its /64 network, which one client has to itself."""
    host: str = scope["client"][0] if scope["client"] else ""
    if ":" not in host:
        return host
    try:
        address = IPv6Address(host)
    except ValueError:
        return host
    return str(IPv6Network((address, 64), strict=False))
