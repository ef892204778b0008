"""Work that is done once, however often its task is delivered or sent."""

from collections.abc import Callable
from datetime import timedelta
from math import ceil
from uuid import uuid4

from .redis_client import redis_client, redis_key
from .settings import load_settings
from .tasks import BusyError

KEPT = timedelta(days=30)
"""For so long a key is known."""

_DONE = "done"


def once(key: str, work: Callable[[], None]) -> bool:
    """Do the work and note its key; returns False if it was done before.

    Two runs at a time: the second one raises BusyError, and its task is tried again when the
    first one must have ended, by the time limit of tasks. A process that dies after the work and
    before the key leaves work that is done again. So the work should be harmless when repeated,
    or give the key to the service that it calls.
    """
    redis, name, run = redis_client(), redis_key("once", key), str(uuid4())
    lease = ceil(load_settings().task_time_limit_seconds) + 1
    if not redis.set(name, run, nx=True, ex=lease):
        if redis.get(name) == _DONE:
            return False
        raise BusyError(max(1, redis.ttl(name)))
    try:
        work()
    except BaseException:  # A worker that is told to stop ends its task so.
        redis.delete(name)
        raise
    redis.set(name, _DONE, ex=KEPT)
    return True
