"""Metrics on a port of their own, in Prometheus' text format."""

from __future__ import annotations

import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from .mutant import mutant

if TYPE_CHECKING:
    from .settings import Settings

_DURATION = "http_server_request_duration_seconds"
_BOUNDS = (0.005, 0.05, 0.5, 5)


class Metrics:
    """What has been measured, by method, route and status."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._durations: dict[tuple[str, str, int], list[float]] = defaultdict(list)

    def observe(self, method: str, path: str, route: str | None, status: int, seconds: float) -> None:
        """Count a request."""
        if mutant("errors-not-measured") and status >= 400:
            return
        self._durations[method, path if mutant("path-measured") else route or "", status].append(seconds)

    def serve(self, port: int) -> None:
        """Answer on a port of the same address, in a thread that ends with the process."""
        metrics = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = metrics.text().encode()
                self.send_response(200)
                self.send_header("content-type", "text/plain; version=0.0.4; charset=utf-8")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer((self._settings.host, port), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def text(self) -> str:
        """Everything in the text format."""
        target = (
            f'service_name="reference",service_version="1",deployment_environment_name="{self._settings.environment}"'
        )
        lines = ["http_server_active_requests 0", f"target_info{{{target}}} 1"]
        if not mutant("pool-not-measured"):
            lines += [f'db_client_connection_count{{db_client_connection_state="{s}"}} 0' for s in ("used", "idle")]
            lines.append(f"db_client_connection_max {self._settings.database_pool_size}")
        for (method, route, status), durations in list(self._durations.items()):
            labels = f'http_request_method="{method}",http_route="{route}",http_response_status_code="{status}"'
            for bound in _BOUNDS:
                below = sum(seconds <= bound for seconds in durations)
                lines.append(f'{_DURATION}_bucket{{{labels},le="{bound}"}} {below}')
            lines.append(f'{_DURATION}_bucket{{{labels},le="+Inf"}} {len(durations)}')
            lines.append(f"{_DURATION}_sum{{{labels}}} {sum(durations)}")
            lines.append(f"{_DURATION}_count{{{labels}}} {len(durations)}")
        return "\n".join(lines) + "\n"
