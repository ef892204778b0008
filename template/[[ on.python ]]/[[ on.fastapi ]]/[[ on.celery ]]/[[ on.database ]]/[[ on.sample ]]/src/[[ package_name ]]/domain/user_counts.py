"""How many users there were, day by day."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class UserCount:
    """The users of a day (UTC) that are still there: created in it, and until its end."""

    day: date
    created: int
    total: int


class UserCounts(Protocol):
    """Where users are counted, and the counts kept."""

    async def created_before(self, time: datetime) -> int:
        """How many users were created before that time."""

    async def keep(self, count: UserCount) -> None:
        """Keep a count; each day has one."""
