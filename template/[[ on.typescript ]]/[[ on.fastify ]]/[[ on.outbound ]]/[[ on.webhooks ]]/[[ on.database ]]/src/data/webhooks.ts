/** Received events in the database. */

import type { Kysely } from 'kysely';

import type { Receive, ReceivedEvents } from '../domain/webhooks.ts';
import type { Tables } from './tables.ts';

/**
 * Remembers events in the table `received_events`.
 * Of two that come at once, the second one waits for the first one's transaction.
 */
export class SqlReceivedEvents implements ReceivedEvents {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async add(source: string, eventId: string): Promise<boolean> {
    const added = await this.#db
      .insertInto('received_events')
      .values({ source, event_id: eventId, received_at: new Date().toISOString() })
      .onConflict((conflict) => conflict.doNothing())
      .returning('event_id')
      .executeTakeFirst();
    return added !== undefined;
  }
}

/** Remembers an event and keeps what follows from it in one transaction. */
export function receiveInTransaction(db: Kysely<Tables>): Receive {
  return (work) =>
    db.transaction().execute((transaction) => work(new SqlReceivedEvents(transaction)));
}
