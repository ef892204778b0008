"""Limit on the time that a request may take."""

import asyncio

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import problem_response

log = structlog.get_logger(__name__)


class TimeLimitMiddleware:
    """Answers 504 to a request whose response has not started after `seconds`, and cancels it."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        limit = asyncio.timeout(self.seconds)
        try:
            async with limit:
                await self.app(scope, receive, watch)
        except TimeoutError:
            if started or not limit.expired():
                raise
            log.warning("request timed out", seconds=self.seconds)
            response = problem_response(scope, 504, "The request took too long.")
            await response(scope, receive, send)
