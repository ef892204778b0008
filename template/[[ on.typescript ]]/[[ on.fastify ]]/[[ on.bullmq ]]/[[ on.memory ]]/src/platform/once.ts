/** Work that is done once, however often its task is delivered or sent. */

import { randomUUID } from 'node:crypto';

import type { Redis } from 'ioredis';

import { unlessAborted } from './abort.ts';
import { about } from './about.ts';

/** For so long a key is known. */
const KEPT_SECONDS = 30 * 86_400;
const DONE = 'done';

/** Another run of the same work has not ended; its task waits for it. */
export class BusyError extends Error {
  override name = 'BusyError';
  readonly seconds: number;

  constructor(seconds: number) {
    super(`another run may take ${seconds} more seconds`);
    this.seconds = seconds;
  }
}

/**
 * Do the work and note its key; false if it was done before.
 *
 * Two runs at a time: the second one throws BusyError, and its task is tried again when the first
 * one must have ended, by the time limit of tasks. A process that dies after the work and before
 * the key leaves work that is done again. So the work should be harmless when repeated, or give the
 * key to the service that it calls.
 */
export type Once = (key: string, work: () => Promise<void>) => Promise<boolean>;

/** How a task does its work once; no run takes longer than `limitSeconds`, or goes on after the signal. */
export function onceIn(redis: Redis, limitSeconds: number, signal: AbortSignal): Once {
  const lease = Math.ceil(limitSeconds) + 1;
  return async (key, work) => {
    const name = `${about.name}:once:${key}`;
    if ((await redis.set(name, randomUUID(), 'EX', lease, 'NX')) === null) {
      if ((await redis.get(name)) === DONE) return false;
      throw new BusyError(Math.max(1, await redis.ttl(name)));
    }
    try {
      await unlessAborted(signal, work());
    } catch (error) {
      await redis.del(name);
      throw error;
    }
    await redis.set(name, DONE, 'EX', KEPT_SECONDS);
    return true;
  };
}
