/** Which work is done already, in the database that the work changes. */

import type { Kysely } from 'kysely';

import type { Tables } from './tables.ts';

/**
 * Note the key in this transaction; false if it was there.
 *
 * While another transaction has noted it and not ended, this waits for its end.
 */
export async function isFirst(transaction: Kysely<Tables>, key: string): Promise<boolean> {
  const noted = await transaction
    .insertInto('done_tasks')
    .values({ key, done_at: new Date().toISOString() })
    .onConflict((conflict) => conflict.doNothing())
    .returning('key')
    .executeTakeFirst();
  return noted !== undefined;
}

/** Forget the keys of what was done before that time. */
export async function forgetBefore(db: Kysely<Tables>, time: Date): Promise<void> {
  await db.deleteFrom('done_tasks').where('done_at', '<', time.toISOString()).execute();
}
