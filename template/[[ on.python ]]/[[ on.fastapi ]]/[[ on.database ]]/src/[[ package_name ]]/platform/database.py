"""Sessions on the database: one for each unit of work, committed when it ends well."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import exc, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from .engine import is_unavailable
from .errors import UnavailableError


class Database:
    """The engine and its sessions. What is out of reach or too busy raises UnavailableError."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed at the end of the block, rolled back if it raises."""
        async with self._sessions() as session:
            try:
                await session.connection()
            except Exception as error:
                # Whatever it is, there is no connection: none is free, or none can be made.
                raise UnavailableError(f"database: {type(error).__name__}: {error}") from error
            try:
                yield session
                await session.commit()
            except exc.DBAPIError as error:
                if is_unavailable(error):
                    raise UnavailableError(f"database: {error.orig}") from error
                raise

    async def ping(self) -> None:
        """Ask the database for an answer; raises when there is none."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close the pool's connections."""
        await self.engine.dispose()


async def _session(request: Request) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.database
    async with database.session() as session:
        yield session


# Ends with the endpoint, not with the response: what could not be committed is not answered 200.
SessionDep = Annotated[AsyncSession, Depends(_session, scope="function")]
