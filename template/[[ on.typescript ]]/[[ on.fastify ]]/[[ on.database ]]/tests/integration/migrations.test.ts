import { expect, onTestFinished, test } from 'vitest';

import { openDatabase } from '../../src/platform/database.ts';
import { migrate } from '../../src/platform/migrations.ts';
import { emptyDatabase } from '../database.ts';
import { settings } from '../support.ts';

test('migrations go up, are repeatable, go down to nothing and up again', async () => {
  const { url, remove } = await emptyDatabase();
  const { db, close } = openDatabase<unknown>(settings({ DATABASE_URL: url }));
  onTestFinished(async () => {
    await close();
    await remove();
  });
  const tables = async () => (await db.introspection.getTables()).map(({ name }) => name).sort();
  const step = async (direction: 'up' | 'down') => {
    const { error } = await migrate(db, direction);
    if (error) throw error;
    return tables();
  };

  const full = await step('up');

  expect(await step('up')).toEqual(full);
  expect(await step('down')).toEqual([]);
  expect(await step('up')).toEqual(full);
});
