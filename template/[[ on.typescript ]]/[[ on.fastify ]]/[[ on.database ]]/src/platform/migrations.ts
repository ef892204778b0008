/** The steps of the database's schema, in `migrations/`. */

import { existsSync, promises as fs } from 'node:fs';
import path from 'node:path';

import type { Kysely } from 'kysely';
import {
  FileMigrationProvider,
  type MigrationResultSet,
  Migrator,
  NO_MIGRATIONS,
} from 'kysely/migration';

/** Take the schema to its newest step, or back to nothing. The result says what was done, and what failed. */
export function migrate(
  db: Kysely<unknown>,
  direction: 'up' | 'down',
): Promise<MigrationResultSet> {
  const migrator = new Migrator({
    db,
    // What is switched on later has numbers below those of steps that databases have already done.
    allowUnorderedMigrations: true,
    provider: new FileMigrationProvider({
      // A schema without a step leaves no folder behind when it is compiled.
      fs: { readdir: async (folder) => (existsSync(folder) ? fs.readdir(folder) : []) },
      path,
      migrationFolder: path.join(import.meta.dirname, '../../migrations'),
    }),
  });
  return direction === 'up' ? migrator.migrateToLatest() : migrator.migrateTo(NO_MIGRATIONS);
}
