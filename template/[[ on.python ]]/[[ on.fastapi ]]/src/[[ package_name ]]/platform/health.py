"""Probes: /health says that the process lives, /ready that it can do its work."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from .errors import problem_response

PROBE_PATHS = frozenset({"/health", "/ready"})
CHECK_SECONDS = 2

log = structlog.get_logger(__name__)
router = APIRouter(tags=["health"])


class Readiness:
    """Whether the process wants requests: its checks by name, and whether it is stopping."""

    def __init__(self) -> None:
        self.stopping = False
        self.checks: dict[str, Callable[[], Awaitable[None]]] = {}

    async def run(self) -> dict[str, str]:
        """The outcome of each check: ok, or unavailable when it raises or takes too long."""
        outcomes = await asyncio.gather(*map(self._run_one, self.checks))
        return dict(zip(self.checks, outcomes, strict=True))

    async def _run_one(self, name: str) -> str:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self.checks[name]()
        except Exception as error:  # noqa: BLE001 - whatever it is, the check failed
            log.warning("readiness check failed", check=name, error=type(error).__name__)
            return "unavailable"
        return "ok"


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    status: Literal["ready"] = "ready"
    checks: dict[str, str]


@router.get("/health")
async def health() -> Health:
    """The process lives."""
    return Health()


@router.get("/ready", response_model=Ready)
async def ready(request: Request) -> Ready | Response:
    """The service wants requests: what it depends on answers, and it is not stopping."""
    readiness: Readiness = request.app.state.readiness
    if readiness.stopping:
        return problem_response(request.scope, 503, "The service is stopping.", checks={})
    checks = await readiness.run()
    if any(outcome != "ok" for outcome in checks.values()):
        return problem_response(request.scope, 503, "The service is not ready.", checks=checks)
    return Ready(checks=checks)
