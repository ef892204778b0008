import type { Kysely } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { forgetBefore, isFirst } from '../../src/data/done-tasks.ts';
import type { Tables } from '../../src/data/tables.ts';
import { type Database, openDatabase } from '../../src/platform/database.ts';
import { onceIn } from '../../src/platform/once.ts';
import { migratedDatabase, type TemporaryDatabase } from '../database.ts';
import { settings } from '../support.ts';

const DAY = 86_400_000;

let temporary: TemporaryDatabase;
let database: Database<Tables>;

beforeAll(async () => {
  temporary = await migratedDatabase();
  database = openDatabase<Tables>(settings({ DATABASE_URL: temporary.url }));
});

afterAll(async () => {
  await database.close();
  await temporary.remove();
});

/** Note a key, as something that work does to the database. */
function note(key: string) {
  return async (transaction: Kysely<Tables>) => {
    await isFirst(transaction, key);
  };
}

async function isNoted(key: string): Promise<boolean> {
  const row = await database.db
    .selectFrom('done_tasks')
    .select('key')
    .where('key', '=', key)
    .executeTakeFirst();
  return row !== undefined;
}

test('a key is known until it is forgotten', async () => {
  const { db } = database;

  expect(await isFirst(db, 'work:1')).toBe(true);
  expect(await isFirst(db, 'work:1')).toBe(false);
  expect(await isFirst(db, 'work:2')).toBe(true);

  await forgetBefore(db, new Date(Date.now() - DAY));
  expect(await isFirst(db, 'work:1')).toBe(false);

  await forgetBefore(db, new Date(Date.now() + DAY));
  expect(await isFirst(db, 'work:1')).toBe(true);
});

test('work is done once, also by two at a time', async () => {
  const once = onceIn(database.db, new AbortController().signal);
  let done = 0;
  const work = async () => {
    done += 1;
  };

  const outcomes = await Promise.all([once('together', work), once('together', work)]);

  expect(outcomes.sort()).toEqual([false, true]);
  expect(done).toBe(1);
});

test('work that fails leaves neither effect nor key', async () => {
  const once = onceIn(database.db, new AbortController().signal);

  const failed = once('fails', async (transaction) => {
    await note('effect')(transaction);
    throw new RangeError('no such thing');
  });

  await expect(failed).rejects.toThrow('no such thing');
  expect([await isNoted('effect'), await isNoted('fails')]).toEqual([false, false]);
});

test('work that ends too late has not happened', async () => {
  const limit = new AbortController();
  const once = onceIn(database.db, limit.signal);

  const late = once('late', async (transaction) => {
    await note('too late')(transaction);
    limit.abort(new Error('out of time'));
  });

  await expect(late).rejects.toThrow('out of time');
  expect([await isNoted('too late'), await isNoted('late')]).toEqual([false, false]);
});
