"""Counts of users in the database."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.user_counts import UserCount
from .base import Base
from .users import UserRow


class UserCountRow(Base):
    __tablename__ = "user_counts"

    day: Mapped[date] = mapped_column(primary_key=True)
    created: Mapped[int]
    total: Mapped[int]


class SqlUserCounts:
    """Keeps counts in the table `user_counts`, within the session's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def created_before(self, time: datetime) -> int:
        query = select(func.count()).select_from(UserRow).where(UserRow.created_at < time)
        return await self._session.scalar(query) or 0

    async def keep(self, count: UserCount) -> None:
        self._session.add(UserCountRow(day=count.day, created=count.created, total=count.total))
        await self._session.flush()
