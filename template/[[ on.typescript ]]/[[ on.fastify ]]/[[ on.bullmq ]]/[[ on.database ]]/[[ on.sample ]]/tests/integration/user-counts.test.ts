import { expect, onTestFinished, test } from 'vitest';

import type { Tables } from '../../src/data/tables.ts';
import { SqlUserCounts } from '../../src/data/user-counts.ts';
import { openDatabase } from '../../src/platform/database.ts';
import { countUsers } from '../../src/services/user-counts.ts';
import { migratedDatabase } from '../database.ts';
import { settings } from '../support.ts';

const CREATED = [
  '2026-01-30T23:59:59Z',
  '2026-01-31T00:00:00Z',
  '2026-01-31T23:59:59Z',
  '2026-02-01T00:00:00Z',
];

test('users of a day are counted in UTC', async () => {
  const { url, remove } = await migratedDatabase();
  const { db, close } = openDatabase<Tables>(settings({ DATABASE_URL: url }));
  onTestFinished(async () => {
    await close();
    await remove();
  });
  const users = CREATED.map((time, number) => ({
    id: crypto.randomUUID(),
    name: 'Ada',
    email: `ada${number}@example.com`,
    created_at: new Date(time).toISOString(),
  }));
  await db.insertInto('users').values(users).execute();

  await countUsers('2026-01-31', new SqlUserCounts(db));

  const counts = await db.selectFrom('user_counts').select(['created', 'total']).execute();
  expect(counts).toEqual([{ created: 2, total: 3 }]);
});
