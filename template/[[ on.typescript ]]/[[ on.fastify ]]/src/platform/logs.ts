/** Structured logs: one JSON object a line, from our code and from Fastify's alike. */

import { type DestinationStream, type Logger, pino } from 'pino';

/** The names of levels that other tools know, where Pino's differ. */
const LEVELS: Record<string, string> = { trace: 'debug', warn: 'warning', fatal: 'critical' };

/**
 * The logger of the whole process; children with a binding `logger` say which part of it writes.
 *
 * `level` is the least severe one that is written; `to` a file descriptor, stdout unless given, or a stream.
 */
export function createLogger(level: string, to: number | DestinationStream = 1): Logger {
  return pino(
    {
      level: level === 'warning' ? 'warn' : level,
      base: null,
      messageKey: 'message',
      errorKey: 'exception',
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: LEVELS[label] ?? label }) },
      // Stack and causes, and none of the properties that drivers add: they may hold values.
      serializers: { exception: exceptionText, err: exceptionText },
    },
    typeof to === 'number' ? pino.destination({ dest: to, sync: true }) : to,
  );
}

function exceptionText(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const text = error.stack ?? String(error);
  return error.cause === undefined ? text : `${text}\ncaused by: ${exceptionText(error.cause)}`;
}
