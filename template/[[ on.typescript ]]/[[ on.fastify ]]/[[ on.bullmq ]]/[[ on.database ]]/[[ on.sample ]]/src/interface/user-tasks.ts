/** Tasks about users. */

import { Type } from 'typebox';

import { SqlUserCounts } from '../data/user-counts.ts';
import { defineTask } from '../platform/tasks.ts';
import { countUsers } from '../services/user-counts.ts';

/** Keep how many users there were at the end of the day before the one on which it is due. */
export const countUsersOfYesterday = defineTask(
  'count_users_of_yesterday',
  Type.Object({}),
  async (_data, { dueAt, once }) => {
    const yesterday = new Date(dueAt);
    yesterday.setUTCDate(yesterday.getUTCDate() - 1);
    const day = yesterday.toISOString().slice(0, 10);
    await once(`count_users_of_day:${day}`, (transaction) =>
      countUsers(day, new SqlUserCounts(transaction)),
    );
  },
);
