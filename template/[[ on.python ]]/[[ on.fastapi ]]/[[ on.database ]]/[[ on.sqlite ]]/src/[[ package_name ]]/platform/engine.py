"""The engine for SQLite: a file, write-ahead logging, foreign keys, and writers that wait."""

import sqlite3
from pathlib import Path

from sqlalchemy import event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from .settings import Settings

_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
_PRAGMAS = ("journal_mode = WAL", "foreign_keys = ON", "synchronous = NORMAL")


def create_engine(settings: Settings) -> AsyncEngine:
    """An engine with a bounded pool; it connects when it is first used."""
    url = make_url(settings.database_url.get_secret_value()).set(drivername="sqlite+aiosqlite")
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        url,
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_pool_timeout_seconds,
        hide_parameters=True,
        connect_args={"timeout": settings.database_pool_timeout_seconds},
    )
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


def is_unavailable(error: DBAPIError) -> bool:
    """Whether the error means that the database can't be used now, not that a query is wrong."""
    # The primary code is the lowest byte: https://www.sqlite.org/rescode.html
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _UNAVAILABLE


def _set_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
