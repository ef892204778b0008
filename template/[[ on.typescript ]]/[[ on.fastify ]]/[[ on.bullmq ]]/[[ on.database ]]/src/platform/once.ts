/** Work that is done once, however often its task is delivered or sent. */

import type { Kysely } from 'kysely';

import { forgetBefore, isFirst } from '../data/done-tasks.ts';
import type { Tables } from '../data/tables.ts';

/** For so many days a key is known. */
const KEPT_DAYS = 30;

/**
 * Do the work in a transaction that also notes its key; false if it was done before.
 *
 * What the work changes through the transaction happens once: a process that dies half way leaves
 * neither change nor key, and two runs at a time wait for each other. What it does elsewhere, such
 * as a call of another service, may happen again; give that service the key.
 */
export type Once = (
  key: string,
  work: (transaction: Kysely<Tables>) => Promise<void>,
) => Promise<boolean>;

/** How a task does its work once; when the signal is given before the end, nothing has happened. */
export function onceIn(db: Kysely<Tables>, signal: AbortSignal): Once {
  return (key, work) =>
    db.transaction().execute(async (transaction) => {
      if (!(await isFirst(transaction, key))) return false;
      await work(transaction);
      signal.throwIfAborted();
      return true;
    });
}

/** Forget the keys that are older than 30 days. */
export async function forgetOld(db: Kysely<Tables>): Promise<void> {
  await forgetBefore(db, new Date(Date.now() - KEPT_DAYS * 86_400_000));
}
