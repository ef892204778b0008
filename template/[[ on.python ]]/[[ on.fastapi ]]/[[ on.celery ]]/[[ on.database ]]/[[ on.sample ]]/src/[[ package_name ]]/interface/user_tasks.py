"""Tasks about users."""

from datetime import UTC, date, datetime, timedelta

from celery.beat import BeatLazyFunc
from celery.schedules import crontab
from sqlalchemy.ext.asyncio import AsyncSession

from ..data.user_counts import SqlUserCounts
from ..platform.once import once
from ..platform.tasks import celery
from ..services.user_counts import count_users


@celery.task(name="count_users_of_day")
def count_users_of_day(day: str) -> None:
    """Keep how many users there were at the end of that day (ISO 8601, UTC)."""

    async def count(session: AsyncSession) -> None:
        await count_users(date.fromisoformat(day), SqlUserCounts(session))

    once(f"count_users_of_day:{day}", count)


def _yesterday() -> str:
    return (datetime.now(UTC).date() - timedelta(days=1)).isoformat()


SCHEDULE = {
    "count-users-of-day": {
        "task": "count_users_of_day",
        "schedule": crontab(minute=11),
        "kwargs": {"day": BeatLazyFunc(_yesterday)},
    },
}
