/** PostgreSQL, by way of `pg`: a bounded pool. */

import { type Dialect, PostgresDialect } from 'kysely';
import pg from 'pg';

import { about } from './about.ts';
import { UnavailableError } from './errors.ts';
import type { Settings } from './settings.ts';

const UNIQUE_VIOLATION = '23505';
// https://www.postgresql.org/docs/current/errcodes-appendix.html: connections, resources, the operator.
const UNAVAILABLE = /^(?:08|53|57P)/;
/** What the driver says when a connection breaks: errors of the system, and errors without a code. */
const BROKEN =
  /^(?:ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)|terminated|not queryable|closed/;

/** Whether the error says that a value is there already which must be unique. */
export function isUniqueViolation(error: unknown): boolean {
  return (error as { code?: string } | undefined)?.code === UNIQUE_VIOLATION;
}

/** The dialect for the server of the settings, with a bounded pool. */
export function createDialect(settings: Settings): Dialect {
  const pool = new pg.Pool({
    Client: Client as typeof pg.Client,
    connectionString: settings.DATABASE_URL,
    max: settings.DATABASE_POOL_SIZE,
    connectionTimeoutMillis: settings.DATABASE_POOL_TIMEOUT_SECONDS * 1000,
    // What nobody waits for any more is not computed to its end; 0 means no limit.
    statement_timeout: settings.REQUEST_TIMEOUT_SECONDS * 1000,
    application_name: about.name,
    keepAlive: true,
  });
  // Of a connection that nobody uses: the pool drops it.
  pool.on('error', ({ message }) => process.emitWarning(`database: connection lost: ${message}`));
  return new PostgresDialect({
    pool: {
      connect: async () => {
        try {
          return await pool.connect();
        } catch (error) {
          // Whatever it is, there is no connection: none is free, or none can be made.
          throw unavailable(error);
        }
      },
      end: () => pool.end(),
      options: pool.options,
    },
  });
}

/** A connection whose errors tell what is unavailable from what is wrong. */
class Client extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // A connection that breaks between two queries of a transaction: the next query throws.
    this.on('error', () => undefined);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the overloads of the driver
  override async query(...query: [any, any?]): Promise<any> {
    try {
      return await super.query(...query);
    } catch (error) {
      throw isUnavailable(error) ? unavailable(error) : error;
    }
  }
}

function isUnavailable(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string };
  return code === undefined ? BROKEN.test(message) : UNAVAILABLE.test(code) || BROKEN.test(code);
}

function unavailable(error: unknown): UnavailableError {
  const reason = error instanceof Error ? error.message : String(error);
  return new UnavailableError(`database: ${reason}`, { cause: error });
}
