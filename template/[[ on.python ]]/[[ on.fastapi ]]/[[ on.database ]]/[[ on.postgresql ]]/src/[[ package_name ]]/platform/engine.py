"""The engine for PostgreSQL: asyncpg, with connections that are tested before they are used."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from .settings import Settings


def create_engine(settings: Settings) -> AsyncEngine:
    """An engine with a bounded pool; it connects when it is first used."""
    return create_async_engine(
        _with_driver(make_url(settings.database_url.get_secret_value())),
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_pool_timeout_seconds,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"timeout": settings.database_pool_timeout_seconds},
    )


def _with_driver(url: URL) -> URL:
    # asyncpg has another name for libpq's sslmode, with the same values.
    sslmode = url.query.get("sslmode")
    if sslmode is not None:
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": sslmode})
    return url.set(drivername="postgresql+asyncpg")


def is_unavailable(error: DBAPIError) -> bool:
    """Whether the error means that the database can't be used now, not that a query is wrong."""
    return error.connection_invalidated
