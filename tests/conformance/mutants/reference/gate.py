"""What a request passes before it meets a route, and what every answer gets."""

from __future__ import annotations

import ipaddress
import re
import time
import uuid
from typing import TYPE_CHECKING

from .message import Answer, Headers, ProblemError
from .mutant import mutant

if TYPE_CHECKING:
    from .settings import Settings

PROBES = ("/health", "/ready")
WINDOW = 60
SECURITY = {
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Gate:
    """Host check, rate limit and CORS by the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._counts: dict[str, tuple[float, int]] = {}

    def client(self, peer: str, headers: Headers) -> str:
        """Return the address that a request came from, as far as it is known for certain."""
        if mutant("spoofable-address"):
            return headers.get("x-forwarded-for", peer).split(",")[0].strip()
        address = _address(peer)
        if mutant("proxy-never-trusted"):
            return str(address)
        chain = headers.get("x-forwarded-for", "").split(",")
        for claimed in chain[:1] if mutant("first-address-trusted") else reversed(chain):
            if not any(address in network for network in self._settings.trusted_proxies):
                break
            try:
                address = _address(claimed)
            except ValueError:
                break
        return str(address)

    def check_host(self, path: str, headers: Headers) -> None:
        """Raise ProblemError for a host that isn't ours."""
        if (path in PROBES and not mutant("host-checked-on-probes")) or mutant("host-unchecked"):
            return
        allowed = self._settings.allowed_hosts
        parts = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::\d+)?", headers.get("host", ""))
        if not parts or ("*" not in allowed and parts[1].lower() not in allowed):
            raise ProblemError(400, "The host is not one of this service.")

    def count(self, path: str, client: str) -> Headers:
        """Count a request, and return the headers that say what remains; raise ProblemError if nothing does."""
        if path == "/ready" or (path == "/health" and not mutant("health-limited")):
            return {}
        limit = self._settings.rate_limit_per_minute
        now = time.monotonic()
        begin, used = self._counts.get(client, (now, 0))
        if now - begin >= WINDOW:
            begin, used = now, 0
        self._counts[client] = (begin, used + 1)
        reset = max(1, round(begin + WINDOW - now))
        headers = {
            "ratelimit-policy": f'"default";q={limit};w={WINDOW}',
            "ratelimit": f'"default";r={max(0, limit - used - 1)};t={reset}',
        }
        if used >= limit:
            if not mutant("retry-after-missing"):
                headers["retry-after"] = str(reset)
            raise ProblemError(429, "Too many requests.", headers)
        return headers

    def cors(self, headers: Headers) -> Headers:
        """Return the headers that let a page of another origin read the answer."""
        origin = headers.get("origin", "")
        if mutant("cors-wildcard-with-credentials"):
            return {"access-control-allow-origin": "*", "access-control-allow-credentials": "true", "vary": "Origin"}
        if not self._settings.cors_origins:
            return {}
        known = origin in self._settings.cors_origins or mutant("cors-reflects-any-origin")
        return {"vary": "Origin"} | ({"access-control-allow-origin": origin} if known and origin else {})

    def preflight(self, method: str, headers: Headers) -> Answer | None:
        """Return the answer to a preflight request of an origin that is allowed; None for all other requests."""
        asked = headers.get("access-control-request-headers", "")
        if method != "OPTIONS" or "access-control-request-method" not in headers:
            return None
        if "access-control-allow-origin" not in self.cors(headers):
            return None
        allowed = {"access-control-allow-methods": "GET, POST, PATCH, DELETE", "access-control-allow-headers": asked}
        return Answer(204, headers=allowed)

    def finish(self, answer: Answer, request_id: str, added: Headers) -> None:
        """Add to an answer what every answer has."""
        answer.headers |= added
        if not mutant("request-id-not-returned"):
            answer.headers["x-request-id"] = request_id
        if not (mutant("headers-missing-on-errors") and answer.status >= 400):
            answer.headers |= SECURITY
        if mutant("server-header"):
            answer.headers["server"] = "reference/1.0"


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(text.strip())


def request_id(headers: Headers) -> str:
    """Return the request id that came, if it is safe, or a new one."""
    sent = headers.get("x-request-id", "")
    safe = re.fullmatch(r"[A-Za-z0-9._-]{8,128}", sent) or (mutant("unsafe-request-id-kept") and sent)
    return sent if safe and not mutant("request-id-not-kept") else str(uuid.uuid4())


def trace_id(headers: Headers) -> str | None:
    """Return the trace id of a valid `traceparent`."""
    parts = re.fullmatch(
        r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?",
        headers.get("traceparent", ""),
    )
    return parts[1] if parts and not mutant("traceparent-ignored") else None
