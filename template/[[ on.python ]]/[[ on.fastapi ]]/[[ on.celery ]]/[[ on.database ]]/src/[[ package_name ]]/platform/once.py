"""Work that is done once, however often its task is delivered or sent."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy.ext.asyncio import AsyncSession

from ..data.done_tasks import forget_before, is_first
from .database import Database
from .engine import create_engine
from .settings import load_settings

KEPT = timedelta(days=30)
"""For so long a key is known."""


@cache
def _database() -> Database:
    return Database(create_engine(load_settings()))


def once(key: str, work: Callable[[AsyncSession], Awaitable[None]]) -> bool:
    """Do the work in a transaction that also notes its key; returns False if it was done before.

    What the work changes through its session happens once: a process that dies half way leaves
    neither change nor key, and two runs at a time wait for each other. What it does elsewhere,
    such as a call of another service, may happen again; give that service the key.
    """

    async def run() -> bool:
        database = _database()
        try:
            async with database.session() as session:
                if not await is_first(session, key):
                    return False
                await work(session)
                return True
        finally:
            await database.close()  # Its connections belong to the event loop of this run.

    return asyncio.run(run())


async def forget_old(session: AsyncSession) -> None:
    """Forget the keys that are older than KEPT."""
    await forget_before(session, datetime.now(UTC) - KEPT)
