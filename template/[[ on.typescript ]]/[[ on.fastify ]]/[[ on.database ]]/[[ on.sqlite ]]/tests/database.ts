/** A SQLite database for the tests. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { openDatabase } from '../src/platform/database.ts';
import { migrate } from '../src/platform/migrations.ts';
import { settings } from './support.ts';

/** A database of its own: its URL, and how to remove it. */
export interface TemporaryDatabase {
  readonly url: string;
  remove(): Promise<void>;
}

/** An empty database. */
export async function emptyDatabase(): Promise<TemporaryDatabase> {
  const folder = mkdtempSync(path.join(tmpdir(), 'test-'));
  return {
    url: `sqlite:///${folder.replaceAll('\\', '/')}/test.db`,
    remove: async () => {
      rmSync(folder, { recursive: true, maxRetries: 5 });
    },
  };
}

/** A database that has all migrations and no data. */
export async function migratedDatabase(): Promise<TemporaryDatabase> {
  const database = await emptyDatabase();
  const { db, close } = openDatabase<unknown>(settings({ DATABASE_URL: database.url }));
  const { error } = await migrate(db, 'up');
  await close();
  if (error) throw error;
  return database;
}
