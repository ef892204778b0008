"""Count the users of a day."""

from datetime import UTC, date, datetime, time, timedelta

from ..domain.user_counts import UserCount, UserCounts


async def count_users(day: date, counts: UserCounts) -> None:
    """Keep how many users there are from that day and from before."""
    begin = datetime.combine(day, time.min, UTC)
    total = await counts.created_before(begin + timedelta(days=1))
    before = await counts.created_before(begin)
    await counts.keep(UserCount(day, created=total - before, total=total))
