import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';

import { openDatabase } from '../../src/platform/database.ts';
import { UnavailableError } from '../../src/platform/errors.ts';
import { migratedDatabase } from '../database.ts';
import { settings } from '../support.ts';

/** A pool of one connection, for which nobody waits long. */
async function smallPool() {
  const { url, remove } = await migratedDatabase();
  const database = openDatabase<unknown>(
    settings({ DATABASE_URL: url, DATABASE_POOL_SIZE: '1', DATABASE_POOL_TIMEOUT_SECONDS: '0.2' }),
  );
  onTestFinished(async () => {
    await database.close();
    await remove();
  });
  return database;
}

test('the pool is bounded, and a wait for it ends', async () => {
  const { db, ping } = await smallPool();

  await db.transaction().execute(async (transaction) => {
    await sql`SELECT 1`.execute(transaction);
    await expect(ping()).rejects.toThrow(UnavailableError);
  });

  await ping();
});

test('a transaction is rolled back when its work throws', async () => {
  const { db } = await smallPool();
  await sql`CREATE TABLE notes (note VARCHAR(9))`.execute(db);

  const lost = db.transaction().execute(async (transaction) => {
    await sql`INSERT INTO notes VALUES ('lost')`.execute(transaction);
    throw new Error('stop');
  });
  await expect(lost).rejects.toThrow('stop');
  await sql`INSERT INTO notes VALUES ('kept')`.execute(db);

  expect((await sql`SELECT note FROM notes`.execute(db)).rows).toEqual([{ note: 'kept' }]);
});
