/** Access to the database. What is out of reach or too busy throws UnavailableError. */

import { Kysely, sql } from 'kysely';

import { createDialect } from './engine.ts';
import type { Settings } from './settings.ts';

export interface Database<Tables> {
  readonly db: Kysely<Tables>;

  /** Ask the database for an answer; throws when there is none. */
  ping(): Promise<void>;

  /** Close the pool's connections. */
  close(): Promise<void>;
}

/** The database of the settings; connections are made when they are first used. */
export function openDatabase<Tables>(settings: Settings): Database<Tables> {
  const db = new Kysely<Tables>({ dialect: createDialect(settings) });
  return {
    db,
    ping: async () => {
      await sql`SELECT 1`.execute(db);
    },
    close: () => db.destroy(),
  };
}
