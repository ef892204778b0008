/** How a request sends a task to the workers. */

import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { Redis } from 'ioredis';

import { unlessAborted } from './abort.ts';
import { UnavailableError } from './errors.ts';
import { traceId } from './request-context.ts';
import type { Settings } from './settings.ts';
import { addTask, connectRedis, openQueue, type Task, type TaskQueue } from './tasks.ts';

/** Longest time that a request waits until the queue has its task. */
const SEND_SECONDS = 5;

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Send a task to the workers.
     *
     * Throws UnavailableError when the queue has not taken it in time. Whether it takes it later is
     * not known then; work that has a key in `once()` may be sent again.
     */
    sendTask<Data>(task: Task<Data>, data: Data): Promise<void>;
  }
}

export interface SendTaskOptions {
  readonly settings: Settings;
  readonly sendSeconds?: number;
}

/** Adds `sendTask()` to requests. Redis is reached for with the first task. */
export const sendTask = fp<SendTaskOptions>((app, options, done) => {
  const { settings, sendSeconds = SEND_SECONDS } = options;
  let opened: { redis: Redis; queue: TaskQueue } | undefined;

  function open() {
    const redis = connectRedis(settings, 2);
    redis.on('error', ({ message }) => app.log.warn({ reason: message }, 'queue unavailable'));
    return { redis, queue: openQueue(redis) };
  }

  async function send<Data>(this: FastifyRequest, task: Task<Data>, data: Data): Promise<void> {
    opened ??= open();
    const { queue } = opened;
    const late = AbortSignal.timeout(sendSeconds * 1000);
    const sent = (async () => {
      await queue.waitUntilReady();
      late.throwIfAborted();
      await addTask(queue, task, data, { request_id: this.id, trace_id: traceId(this) });
    })();
    try {
      await unlessAborted(late, sent);
    } catch (error) {
      throw new UnavailableError(`queue: ${(error as Error).message}`, { cause: error });
    }
  }

  app.decorateRequest('sendTask', send);
  app.addHook('onClose', async () => opened?.redis.disconnect());
  done();
});
