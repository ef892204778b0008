/** The thread that looks whether the event loop comes round; see watchdog.ts. */

import { workerData } from 'node:worker_threads';

import { createLogger } from './logs.ts';
import type { Watched } from './watchdog.ts';

const { rounds, limitSeconds } = workerData as Watched;
let last = -1;
let still = 0;

// Seconds are counted, not measured: a machine that slept is not one that stood still.
setInterval(() => {
  const now = Atomics.load(rounds, 0);
  still = now === last ? still + 1 : 0;
  last = now;
  if (still <= limitSeconds) return;
  createLogger('info').fatal({ logger: 'watchdog', seconds: still }, 'event loop stands still');
  process.kill(process.pid, 'SIGKILL');
}, 1000);
