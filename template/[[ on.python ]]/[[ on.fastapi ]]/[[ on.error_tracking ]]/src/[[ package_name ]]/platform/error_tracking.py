"""Unhandled exceptions, told to the error tracker without what is secret or personal."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import sentry_sdk
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.types import Event, Hint
from starlette.types import ASGIApp, Receive, Scope, Send

from .about import NAME, VERSION
from .request_context import route_template
from .settings import Settings

LAST_SEND_SECONDS = 3

_MASK = "[masked]"
_SENSITIVE = re.compile(
    r"""
      (?<=://)[^\s/@]+(?=@)                             # user:password@ of a URL
    | [\w.%+-]+@[\w-]+(?:\.[\w-]+)+                     # e-mail address
    | (?<=\?)[^\s'"]+                                   # query string
    | \b(?:bearer|basic)\s+[\w.~+/=-]+                  # Authorization
    | \beyJ[\w-]+\.[\w-]+\.[\w-]*                       # JSON web token
    | (?<=\b)(?:password|passwd|secret|token|api_?key)['"]?\s*[=:]\s*[^\s,;&]+
    """,
    re.IGNORECASE | re.VERBOSE,
)


class ErrorTrackingMiddleware:
    """Reports an exception that nobody handled, and lets it pass."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            with sentry_sdk.new_scope() as report:
                report.set_tag("request_id", scope["state"]["request_id"])
                report.set_transaction_name(f"{scope['method']} {route_template(scope)}")
                report.capture_exception(error)
            raise


def _masked(text: str) -> str:
    return _SENSITIVE.sub(_MASK, text)


def _scrub(event: Event, _hint: Hint) -> Event:
    for exception in event.get("exception", {}).get("values", ()):
        exception["value"] = _masked(str(exception.get("value")))
    if entry := event.get("logentry"):
        text = str(entry.get("formatted") or entry.get("message"))
        event["logentry"] = {"formatted": _masked(text)}
    event.pop("extra", None)
    return event


@contextmanager
def reporting_errors(settings: Settings) -> Iterator[None]:
    """Report until the block ends; without SENTRY_DSN nothing is."""
    sentry_sdk.init(
        settings.sentry_dsn.get_secret_value() or None,
        release=f"{NAME}@{VERSION}",
        environment=settings.environment,
        # Those that are on by default read requests, local variables, arguments and modules.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            DedupeIntegration(),
            LoggingIntegration(level=None, event_level=logging.ERROR),  # libraries' errors
        ],
        before_send=_scrub,
        include_local_variables=False,
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        propagate_traces=False,
        enable_metrics=False,
    )
    try:
        yield
    finally:
        sentry_sdk.get_client().close(timeout=LAST_SEND_SECONDS)
