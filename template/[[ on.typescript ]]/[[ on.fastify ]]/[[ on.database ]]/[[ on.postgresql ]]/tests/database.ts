/**
 * PostgreSQL databases for the tests, each test file in its own.
 *
 * The server is the one of TEST_DATABASE_URL, else of DATABASE_URL, else of .env.example, which
 * `docker compose up --detach --wait postgresql` starts. Its user must be allowed to create databases.
 */

import { randomUUID } from 'node:crypto';

import pg from 'pg';

import { openDatabase } from '../src/platform/database.ts';
import { migrate } from '../src/platform/migrations.ts';
import { EXAMPLE, settings } from './support.ts';

const SERVER =
  process.env.TEST_DATABASE_URL || process.env.DATABASE_URL || String(EXAMPLE.DATABASE_URL);

/** A database of its own: its URL, and how to remove it. */
export interface TemporaryDatabase {
  readonly url: string;
  remove(): Promise<void>;
}

/** An empty database. */
export async function emptyDatabase(): Promise<TemporaryDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await execute(`CREATE DATABASE ${name}`);
  const url = new URL(SERVER);
  url.pathname = `/${name}`;
  return { url: url.href, remove: () => execute(`DROP DATABASE ${name} WITH (FORCE)`) };
}

async function execute(statement: string): Promise<void> {
  const client = new pg.Client(SERVER);
  await client.connect();
  await client.query(statement);
  await client.end();
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
