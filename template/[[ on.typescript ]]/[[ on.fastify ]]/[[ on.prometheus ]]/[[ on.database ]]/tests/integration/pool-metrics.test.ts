/** The connections of the pool, as the metrics show them. */

import { sql } from 'kysely';
import { register } from 'prom-client';
import { expect, onTestFinished, test } from 'vitest';

import { openDatabase } from '../../src/platform/database.ts';
import { emptyDatabase } from '../database.ts';
import { settings } from '../support.ts';

async function samples(name: string) {
  return (await register.getSingleMetric(name)?.get())?.values.map(({ value }) => value);
}

test('connections are counted while they are used', async () => {
  const { url, remove } = await emptyDatabase();
  onTestFinished(remove);
  const { db, close } = openDatabase<unknown>(settings({ DATABASE_URL: url }));

  expect(await samples('db_client_connection_max')).toEqual([10]);
  await db.connection().execute(async (connection) => {
    await sql`SELECT 1`.execute(connection);
    expect(await samples('db_client_connection_count')).toEqual([1, 0]);
  });
  expect(await samples('db_client_connection_count')).toEqual([0, 1]);
  await close();
  expect(await samples('db_client_connection_count')).toEqual([0, 0]);
});
