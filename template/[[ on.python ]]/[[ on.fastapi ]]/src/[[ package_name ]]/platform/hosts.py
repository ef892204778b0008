"""Host check: a request for a host that is not ours is refused (DNS rebinding, cache poisoning)."""

from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from .errors import problem_response
from .health import PROBE_PATHS


class HostMiddleware:
    """Answers 400 to a request whose Host header names none of `allowed` (`*` allows all)."""

    def __init__(self, app: ASGIApp, allowed: Sequence[str]) -> None:
        self.app = app
        self.allowed = frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PROBE_PATHS or self._is_allowed(scope):
            await self.app(scope, receive, send)
            return
        response = problem_response(scope, 400, "The Host header names a host that is not served.")
        await response(scope, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        if "*" in self.allowed:
            return True
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        return len(hosts) == 1 and host_name(hosts[0].decode("latin-1")) in self.allowed


def host_name(header: str) -> str:
    """The name in a Host header, without its port and in lower case; [::1] keeps its brackets."""
    name, colon, port = header.rpartition(":")
    return (name if colon and port.isdigit() else header).lower()
