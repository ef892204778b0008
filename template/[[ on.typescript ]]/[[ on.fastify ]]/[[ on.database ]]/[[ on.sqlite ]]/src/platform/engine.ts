/** SQLite: a file, write-ahead logging, foreign keys, and writers that wait. */

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';

import { UnavailableError } from './errors.ts';
import { Pool } from './pool.ts';
import type { Settings } from './settings.ts';

// https://www.sqlite.org/rescode.html
const SQLITE_BUSY = 5;
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555;
const SQLITE_CONSTRAINT_UNIQUE = 2067;
/** Busy, locked, read-only, input or output failed, full, can't open: unusable now, not a wrong query. */
const UNAVAILABLE = new Set([SQLITE_BUSY, 6, 8, 10, 13, 14]);

const RETRY_MILLISECONDS = 10;
const PRAGMAS = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL';

/** Whether the error says that a value is there already which must be unique. */
export function isUniqueViolation(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE_CONSTRAINT_UNIQUE || code === SQLITE_CONSTRAINT_PRIMARYKEY;
}

/** The dialect for the file of the settings, with a bounded pool. */
export function createDialect(settings: Settings): Dialect {
  const driver = new SqliteDriver(
    settings.DATABASE_URL.slice('sqlite:///'.length),
    settings.DATABASE_POOL_SIZE,
    settings.DATABASE_POOL_TIMEOUT_SECONDS * 1000,
  );
  return {
    createAdapter: () => new PooledAdapter(),
    createDriver: () => driver,
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** Lets Kysely use several connections at a time, which it thinks SQLite can't have. */
class PooledAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** Kysely's own driver for SQLite has one connection, and a busy database stops the event loop with it. */
class SqliteDriver implements Driver {
  readonly #pool: Pool<SqliteConnection>;

  constructor(file: string, size: number, waitMilliseconds: number) {
    this.#pool = new Pool(
      () => SqliteConnection.open(file, waitMilliseconds),
      size,
      waitMilliseconds,
    );
  }

  async init(): Promise<void> {}

  acquireConnection(): Promise<SqliteConnection> {
    return this.#pool.acquire();
  }

  async releaseConnection(connection: SqliteConnection): Promise<void> {
    this.#pool.release(connection);
  }

  async beginTransaction(connection: SqliteConnection): Promise<void> {
    // At once for writing: a transaction that begins by reading can't wait for another's writes.
    await connection.executeQuery(CompiledQuery.raw('BEGIN IMMEDIATE'));
  }

  async commitTransaction(connection: SqliteConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('COMMIT'));
  }

  async rollbackTransaction(connection: SqliteConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('ROLLBACK'));
  }

  async destroy(): Promise<void> {
    this.#pool.close((connection) => connection.close());
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  readonly #waitMilliseconds: number;

  private constructor(database: DatabaseSync, waitMilliseconds: number) {
    this.#database = database;
    this.#waitMilliseconds = waitMilliseconds;
  }

  static async open(file: string, waitMilliseconds: number): Promise<SqliteConnection> {
    mkdirSync(dirname(file), { recursive: true });
    const connection = new SqliteConnection(
      new DatabaseSync(file, { open: false }),
      waitMilliseconds,
    );
    await connection.#patiently((database) => {
      if (!database.isOpen) database.open();
      database.exec(PRAGMAS);
    });
    return connection;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.#patiently(() => this.#execute(query));
  }

  /** Work that is tried again while the database is busy: SQLite's own way to wait stops the process. */
  async #patiently<T>(work: (database: DatabaseSync) => T): Promise<T> {
    const end = performance.now() + this.#waitMilliseconds;
    for (;;) {
      try {
        return work(this.#database);
      } catch (error) {
        if (resultCode(error) !== SQLITE_BUSY || performance.now() > end) throw translated(error);
        await sleep(RETRY_MILLISECONDS);
      }
    }
  }

  #execute<R>({ sql, parameters }: CompiledQuery): QueryResult<R> {
    const statement = this.#database.prepare(sql);
    const values = parameters as (string | number | bigint | null)[];
    if (statement.columns().length > 0) return { rows: statement.all(...values) as R[] };
    const { changes, lastInsertRowid } = statement.run(...values);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  async *streamQuery<R>({ sql, parameters }: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    const values = parameters as (string | number | bigint | null)[];
    for (const row of this.#database.prepare(sql).iterate(...values)) yield { rows: [row as R] };
  }

  close(): void {
    this.#database.close();
  }
}

/** SQLite's extended result code; 0 for an error that is not SQLite's. */
function resultCode(error: unknown): number {
  return (error as { errcode?: number } | undefined)?.errcode ?? 0;
}

function translated(error: unknown): unknown {
  // The primary code is the lowest byte.
  if (!UNAVAILABLE.has(resultCode(error) & 0xff)) return error;
  return new UnavailableError(`database: ${(error as Error).message}`, { cause: error });
}
