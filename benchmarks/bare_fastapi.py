"""FastAPI with the same two routes and nothing else: what the overhead of a generated service is measured against.

Run by the generated project's interpreter: `python bare_fastapi.py PORT DATABASE_URL`, with a table `users`.
"""

import sys
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

PORT, URL = int(sys.argv[1]), sys.argv[2].replace("postgresql:", "postgresql+asyncpg:", 1)

app = FastAPI()
engine = create_async_engine(URL, pool_size=10, max_overflow=0)
sessions = async_sessionmaker(engine)


class Base(DeclarativeBase):
    """Tables."""


class UserRow(Base):
    """A row of `users`, as the project's first migration makes it."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    created_at: Mapped[datetime]


class UserOut(BaseModel):
    """Answer."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    email: str
    created_at: datetime


async def session() -> AsyncIterator[AsyncSession]:
    """Open a session for a request."""
    async with sessions() as opened:
        yield opened


@app.get("/health")
async def health() -> dict[str, str]:
    """Say that the process lives."""
    return {"status": "ok"}


@app.get("/api/v1/users/{user_id}", response_model=UserOut)
async def get_user(user_id: UUID, opened: Annotated[AsyncSession, Depends(session)]) -> object:
    """Get a user."""
    row = await opened.get(UserRow, user_id)
    if row is None:
        raise HTTPException(404)
    return row


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning")
