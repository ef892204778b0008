/** Probes: /health says that the process lives, /ready that it can do its work. */

import { setTimeout as sleep } from 'node:timers/promises';

import type { FastifyBaseLogger } from 'fastify';
import fp from 'fastify-plugin';
import { Type } from 'typebox';

import { sendProblem } from './errors.ts';
import { problems } from './openapi.ts';
import type { App } from './types.ts';

const CHECK_MILLISECONDS = 2000;

/** Whether the process wants requests: its checks by name, and whether it is stopping. */
export class Readiness {
  stopping = false;
  readonly checks = new Map<string, () => Promise<void>>();

  /** The outcome of each check: ok, or unavailable when it throws or takes too long. */
  async run(log: FastifyBaseLogger): Promise<Record<string, string>> {
    const outcomes = [...this.checks].map(async ([name, check]): Promise<[string, string]> => {
      try {
        await within(CHECK_MILLISECONDS, check());
        return [name, 'ok'];
      } catch (error) {
        const reason = error instanceof Error ? error.name : 'unknown';
        log.warn({ check: name, error: reason }, 'readiness check failed');
        return [name, 'unavailable'];
      }
    });
    return Object.fromEntries(await Promise.all(outcomes));
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const timeout = sleep(milliseconds, undefined, { signal: timer.signal }).then(() => {
    throw new Error('took too long');
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    timer.abort();
    timeout.catch(() => undefined);
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    readiness: Readiness;
  }
}

const Health = Type.Object({ status: Type.Literal('ok') });
const Ready = Type.Object({
  status: Type.Literal('ready'),
  checks: Type.Record(Type.String(), Type.String()),
});

/** The probes. Checks are added to `app.readiness.checks`. */
export const health = fp((app: App, _options, done) => {
  app.get(
    '/health',
    {
      schema: {
        operationId: 'health',
        summary: 'The process lives',
        tags: ['health'],
        response: { 200: Health, ...problems() },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/ready',
    {
      schema: {
        operationId: 'ready',
        summary: 'The service wants requests',
        description: 'What it depends on answers, and it is not stopping.',
        tags: ['health'],
        response: { 200: Ready, ...problems() },
      },
    },
    async (request, reply) => {
      if (app.readiness.stopping) {
        return sendProblem(reply, 503, 'The service is stopping.', { checks: {} });
      }
      const checks = await app.readiness.run(request.log);
      if (Object.values(checks).some((outcome) => outcome !== 'ok')) {
        return sendProblem(reply, 503, 'The service is not ready.', { checks });
      }
      return { status: 'ready' as const, checks };
    },
  );
  done();
});
