"""Connections of the database's pool, in the metrics.

Names: https://opentelemetry.io/docs/specs/semconv/database/database-metrics/.
"""

from collections.abc import Iterator
from typing import cast
from weakref import WeakSet

from opentelemetry.metrics import CallbackOptions, Observation, get_meter
from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncEngine

_engines: WeakSet[AsyncEngine] = WeakSet()


def _pools() -> list[QueuePool]:
    return [cast(QueuePool, engine.pool) for engine in _engines]


def _count(_: CallbackOptions) -> Iterator[Observation]:
    used = sum(pool.checkedout() for pool in _pools())
    idle = sum(pool.checkedin() for pool in _pools())
    yield Observation(used, {"db.client.connection.state": "used"})
    yield Observation(idle, {"db.client.connection.state": "idle"})


def _most(_: CallbackOptions) -> Iterator[Observation]:
    yield Observation(sum(pool.size() for pool in _pools()))


_meter = get_meter(__name__)
_meter.create_observable_up_down_counter(
    "db.client.connection.count", [_count], "{connection}", "Connections of the pool."
)
_meter.create_observable_up_down_counter(
    "db.client.connection.max", [_most], "{connection}", "Most connections that the pool opens."
)


def observe_pool(engine: AsyncEngine) -> None:
    """Count the connections of `engine` too, for as long as it lives."""
    _engines.add(engine)
