"""Metrics for Prometheus, by OpenTelemetry's names, on a port of their own.

Names and boundaries: https://opentelemetry.io/docs/specs/semconv/http/http-metrics/.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from time import perf_counter

import structlog
from prometheus_client import Gauge, Histogram, Info, disable_created_metrics, start_http_server
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .about import NAME, VERSION
from .health import PROBE_PATHS
from .request_context import route_template
from .settings import Settings

# What clients may invent is counted as one.
_METHODS = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}
)

log = structlog.get_logger(__name__)

disable_created_metrics()  # type: ignore[no-untyped-call]

_duration = Histogram(
    "http_server_request_duration_seconds",
    "Duration of requests, until the last byte of the response.",
    ["http_request_method", "http_route", "http_response_status_code"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
)
_active = Gauge("http_server_active_requests", "Requests in flight.")
_target = Info("target", "Which service, in which version, and where.")

# A request's series, found without asking the library, which checks the labels each time.
_series = cache(_duration.labels)


class MetricsMiddleware:
    """Measures every request but those of the probes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PROBE_PATHS:
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        _active.inc()
        try:
            await self.app(scope, receive, watch)
        finally:
            _active.dec()
            method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
            series = _series(method, route_template(scope) or "", status)
            series.observe(perf_counter() - started)


@contextmanager
def serving_metrics(settings: Settings) -> Iterator[None]:
    """Answer Prometheus on METRICS_PORT, in a thread: also when the event loop hangs.

    Exits with 1 when the port can't be used.
    """
    _target.info(
        {
            "service_name": NAME,
            "service_version": VERSION,
            "deployment_environment_name": settings.environment,
        }
    )
    try:
        server, thread = start_http_server(settings.metrics_port, settings.host)
    except OSError as error:
        log.critical("metrics can't be served", port=settings.metrics_port, reason=str(error))
        sys.exit(1)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
