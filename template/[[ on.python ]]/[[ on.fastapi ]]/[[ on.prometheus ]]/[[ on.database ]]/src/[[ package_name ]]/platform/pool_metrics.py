"""Connections of the database's pool, in the metrics.

Names: https://opentelemetry.io/docs/specs/semconv/database/database-metrics/.
"""

from typing import cast

from prometheus_client import Gauge
from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncEngine

_connections = Gauge(
    "db_client_connection_count", "Connections of the pool.", ["db_client_connection_state"]
)
_most = Gauge("db_client_connection_max", "Most connections that the pool opens.")


def observe_pool(engine: AsyncEngine) -> None:
    """Show the connections of `engine` from now on; an engine before it is forgotten."""

    def pool() -> QueuePool:
        return cast(QueuePool, engine.pool)  # Asked each time: dispose() makes a new one.

    _connections.labels("used").set_function(lambda: pool().checkedout())
    _connections.labels("idle").set_function(lambda: pool().checkedin())
    _most.set_function(lambda: pool().size())
