/** Counts of users in the database. */

import type { Kysely } from 'kysely';

import type { UserCount, UserCounts } from '../domain/user-counts.ts';
import type { Tables } from './tables.ts';

/** Keeps counts in the table `user_counts`. */
export class SqlUserCounts implements UserCounts {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async createdBefore(time: Date): Promise<number> {
    const { users } = await this.#db
      .selectFrom('users')
      .select(({ fn }) => fn.countAll().as('users'))
      .where('created_at', '<', time.toISOString())
      .executeTakeFirstOrThrow();
    return Number(users);
  }

  async keep(count: UserCount): Promise<void> {
    await this.#db.insertInto('user_counts').values(count).execute();
  }
}
