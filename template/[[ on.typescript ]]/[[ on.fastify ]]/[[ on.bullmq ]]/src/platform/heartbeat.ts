/** Signs of life of the worker, which answers no requests: a file that it touches. */

import { closeSync, openSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { about } from './about.ts';

const EVERY_SECONDS = 5;
const MOST_SECONDS = 60;
const FILE = path.join(tmpdir(), `${about.name}.worker.heartbeat`);

/** Show a sign of life again and again, as long as `check` succeeds. Returns how to end it. */
export function keepBeating(check: () => Promise<unknown>): () => void {
  let waiting = false;
  const beat = async () => {
    if (waiting) return;
    waiting = true;
    await check().then(touch, () => undefined);
    waiting = false;
  };
  void beat();
  const timer = setInterval(beat, EVERY_SECONDS * 1000);
  return () => clearInterval(timer);
}

/** Whether a worker on this machine has shown a sign of life in the last minute. */
export function isBeating(): boolean {
  const stats = statSync(FILE, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs < MOST_SECONDS * 1000;
}

function touch(): void {
  closeSync(openSync(FILE, 'a'));
  const now = new Date();
  utimesSync(FILE, now, now);
}
