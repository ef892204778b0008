"""Work outside of requests: the Celery application, what it promises, and how work is sent to it.

A task is delivered at least once: it is acknowledged when it has ended, and delivered again when
its worker was lost. So that its effect happens once, a task does its work in `once()`. What can't
be done is never dropped: it becomes a dead letter (dead_letters.py).
"""

import asyncio
import ssl
from functools import partial
from time import perf_counter
from typing import Any, cast

import celery as framework
import structlog
from anyio import to_thread
from celery.exceptions import Ignore, Reject, Retry
from celery.signals import before_task_publish
from celery.utils.time import get_exponential_backoff_interval
from kombu.exceptions import OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from .about import NAME
from .dead_letters import DeadLetter, bury
from .errors import UnavailableError
from .redis_client import SOCKET_SECONDS
from .settings import Settings
from .starts import MOST_STARTS, count_start, forget_starts

SEND_SECONDS = 5
"""Longest time that a request waits for the queue to take its task."""

_CARRIED = ("request_id", "trace_id")

log = structlog.get_logger(__name__)


class BusyError(Exception):
    """Another run of the same work has not ended; it has by then (seconds)."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"another run has up to {seconds} s left")
        self.seconds = seconds


class Task(framework.Task[Any, Any]):
    """Tries again after expected errors, and becomes a dead letter when it can't be done."""

    max_retries = 5
    expected = (UnavailableError, RedisConnectionError, RedisTimeoutError)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it, in a worker; called from elsewhere, it is the plain function."""
        if self.request.called_directly:
            return self.run(*args, **kwargs)
        started = perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(
            task=self.name,
            task_id=self.request.id,
            **{name: getattr(self.request, name, None) for name in _CARRIED},
        )
        outcome = "rejected"
        try:
            outcome = self._attempt(args, kwargs)
        except Retry:
            outcome = "retry"
            raise
        except Reject as rejected:
            # The framework drops a task that it failed to send again.
            raise Reject(rejected.reason, requeue=True) from rejected
        except Exception:
            outcome = "failed"
            raise
        finally:
            duration = round((perf_counter() - started) * 1000, 3)
            log.info("task", outcome=outcome, retries=self.request.retries, duration_ms=duration)

    def _attempt(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        task_id = cast(str, self.request.id)
        try:
            if count_start(task_id) > MOST_STARTS:
                self._bury(args, kwargs, f"ended its process {MOST_STARTS} times")
                return "dead"
            self.run(*args, **kwargs)
        except Ignore:
            pass
        except BusyError as error:
            self._try_again(error, error.seconds)
        except self.expected as error:
            if self.request.retries >= self.max_retries:
                self._bury(args, kwargs, _said(error))
                raise
            log.warning("task failed, and is tried again", error=_said(error))
            self._try_again(error, self._pause())
        except (Retry, Reject):
            raise
        except Exception as error:
            self._bury(args, kwargs, _said(error))
            raise
        forget_starts(task_id)
        return "done"
