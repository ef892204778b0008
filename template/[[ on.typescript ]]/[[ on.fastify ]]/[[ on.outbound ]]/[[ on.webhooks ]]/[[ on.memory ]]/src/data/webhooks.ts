/** Received events in memory: those of this process, and gone when it ends. */

import type { Receive } from '../domain/webhooks.ts';

const LIMIT = 10_000;

/** Remembers the latest `limit` events. */
export function receiveInMemory(limit = LIMIT): Receive {
  const events = new Set<string>();

  return async (work) => {
    const added: string[] = [];
    try {
      await work({
        async add(source, eventId) {
          const event = `${source}:${eventId}`;
          if (events.has(event)) return false;
          events.add(event);
          added.push(event);
          const [oldest = ''] = events;
          if (events.size > limit) events.delete(oldest);
          return true;
        },
      });
    } catch (error) {
      for (const event of added) events.delete(event);
      throw error;
    }
  };
}
