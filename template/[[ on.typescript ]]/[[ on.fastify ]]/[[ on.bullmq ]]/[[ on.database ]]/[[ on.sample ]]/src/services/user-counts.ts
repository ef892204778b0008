/** Count the users of a day. */

import type { UserCounts } from '../domain/user-counts.ts';

/** Keep how many users there are from that day (2026-01-31, UTC) and from before. */
export async function countUsers(day: string, counts: UserCounts): Promise<void> {
  const begin = new Date(`${day}T00:00:00Z`);
  const end = new Date(begin);
  end.setUTCDate(end.getUTCDate() + 1);
  const total = await counts.createdBefore(end);
  const before = await counts.createdBefore(begin);
  await counts.keep({ day, created: total - before, total });
}
