/**
 * Ends the process when its event loop stands still.
 *
 * A task that computes without a pause can't be told that it is out of time: nothing else runs
 * then. Its worker ends, and another one takes the task.
 */

import path from 'node:path';
import { Worker } from 'node:worker_threads';

/** What the thread is given. */
export interface Watched {
  /** Counts how often the event loop has come round. */
  readonly rounds: Int32Array;
  readonly limitSeconds: number;
}

/** End the process when its event loop stands still for so long. */
export function watch(limitSeconds: number): void {
  const rounds = new Int32Array(new SharedArrayBuffer(4));
  setInterval(() => Atomics.add(rounds, 0, 1), 500).unref();
  const program = `watchdog-thread${path.extname(import.meta.filename)}`;
  const workerData: Watched = { rounds, limitSeconds };
  new Worker(new URL(program, import.meta.url), { workerData }).unref();
}
