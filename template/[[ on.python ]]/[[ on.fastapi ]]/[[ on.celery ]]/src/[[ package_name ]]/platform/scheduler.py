"""The scheduler: sends the tasks whose time has come."""

import signal
import sys
from typing import Any

import structlog
from celery.beat import Scheduler, Service

from .heartbeat import beat
from .settings import Settings
from .tasks import celery, configure_tasks

log = structlog.get_logger(__name__)


class LivingScheduler(Scheduler):
    """Shows that it lives, at every look at the clock."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due; returns the seconds until the next one."""
        beat("scheduler")
        return super().tick(*args, **kwargs)


def run_scheduler(settings: Settings) -> int:
    """Send tasks by the schedule until a signal says stop; returns the exit code."""
    configure_tasks(settings)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    Service(celery, scheduler_cls=LivingScheduler).start()
    log.info("stopped")
    return 0
