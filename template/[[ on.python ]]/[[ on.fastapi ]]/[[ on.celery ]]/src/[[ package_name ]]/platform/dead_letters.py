"""Tasks that could not be done: kept in Redis until somebody sends them again or drops them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import Celery, Task
from pydantic import BaseModel, ConfigDict, Field

from .redis_client import redis_client, redis_key

KEPT = timedelta(days=30)
_STARTS_KEPT = timedelta(days=1)


def _now() -> datetime:
    return datetime.now(UTC)


class DeadLetter(BaseModel):
    """A task, and why it was given up. Without `task` nobody could read what was in the queue."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    task: str | None
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}
    reason: str
    request_id: str | None = None
    died_at: datetime = Field(default_factory=_now)


def bury(letter: DeadLetter) -> None:
    """Keep a dead letter; one with the same id is replaced."""
    redis_client().hset(redis_key("dead-letters"), letter.id, letter.model_dump_json())


def dead_letters() -> list[DeadLetter]:
    """All dead letters, the oldest first."""
    kept = redis_client().hgetall(redis_key("dead-letters")).values()
    return sorted(map(DeadLetter.model_validate_json, kept), key=lambda letter: letter.died_at)


def drop(letter_id: str) -> bool:
    """Forget a dead letter; False if there was none."""
    return bool(redis_client().hdel(redis_key("dead-letters"), letter_id))


def requeue(celery: Celery[Task[Any, Any]], letter: DeadLetter) -> None:
    """Send the task again, under its id. Raises ValueError if it can't be sent."""
    if letter.task is None:
        raise ValueError(f"{letter.id} could not be read, so it can't be sent again")
    headers = {"request_id": letter.request_id} if letter.request_id else {}
    # Sent first: a task that is sent twice is done once, and one that is not sent is lost.
    celery.send_task(letter.task, letter.args, letter.kwargs, task_id=letter.id, headers=headers)
    drop(letter.id)


def drop_old() -> Iterator[DeadLetter]:
    """Forget the dead letters that are older than KEPT; yields them."""
    for letter in dead_letters():
        if letter.died_at < _now() - KEPT and drop(letter.id):
            yield letter


def count_start(task_id: str) -> int:
    """Note that a task begins; returns how often it has begun since it last ended."""
    key = redis_key("starts", task_id)
    with redis_client().pipeline() as pipe:
        pipe.incr(key)
        pipe.expire(key, _STARTS_KEPT)
        starts: int = pipe.execute()[0]
    return starts


def forget_starts(task_id: str) -> None:
    """Note that a task has ended, or was told to stop."""
    redis_client().delete(redis_key("starts", task_id))
