/** The container's health check of a worker: ends with 0 if the one in this container is healthy. */

import { isBeating } from './heartbeat.ts';

process.exitCode = isBeating() ? 0 : 1;
