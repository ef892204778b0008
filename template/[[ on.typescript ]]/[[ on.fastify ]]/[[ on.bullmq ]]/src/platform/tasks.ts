/**
 * Work outside of requests: what a task is, and how it is sent.
 *
 * A task is delivered at least once: again after an expected error, and again when its worker was
 * lost. So that its effect happens once, a task does its work in `once()`. A task that can't be
 * done is not dropped; it becomes a dead letter.
 */

import { randomUUID } from 'node:crypto';

import { type DefaultJobOptions, Queue } from 'bullmq';
import type { FastifyBaseLogger } from 'fastify';
import { Redis } from 'ioredis';
import type { Static, TSchema } from 'typebox';

import { about } from './about.ts';
import type { Once } from './once.ts';
import type { Settings } from './settings.ts';

/** What a task finds around it. */
export interface TaskContext {
  /** Each line that it writes names the task, and the request that sent it. */
  readonly log: FastifyBaseLogger;

  /** Given when the task is out of time, or its worker stops: what it does then is not heard. */
  readonly signal: AbortSignal;

  /** When it was to be done: by the schedule, or at once when it was sent. */
  readonly dueAt: Date;

  readonly once: Once;
  readonly queue: TaskQueue;
}

/** A piece of work with a name, by which what waits in the queue knows it, and a schema of its data. */
export interface Task<Data = unknown> {
  readonly name: string;
  readonly schema: TSchema;
  run(data: Data, context: TaskContext): Promise<void>;
}

/** A task that is due at certain times (a cron pattern, UTC). It gets no data. */
export interface ScheduleEntry {
  readonly task: Task;
  readonly pattern: string;
}

/** What stands in the queue: the task's data, and which request sent it. */
export interface Envelope {
  readonly data: unknown;
  readonly request_id?: string | undefined;
  readonly trace_id?: string | undefined;
}

export type TaskQueue = Queue<Envelope>;

/** An expected error is tried again five times, after pauses that grow and vary. */
export const JOB_OPTIONS = {
  attempts: 6,
  backoff: { type: 'exponential', delay: 1000, jitter: 1 },
  removeOnComplete: true,
  removeOnFail: false,
  stackTraceLimit: 1,
} satisfies DefaultJobOptions;

/** A task that the worker knows when it is listed in interface/tasks.ts. */
export function defineTask<Schema extends TSchema>(
  name: string,
  schema: Schema,
  run: (data: Static<Schema>, context: TaskContext) => Promise<void>,
): Task<Static<Schema>> {
  return { name, schema, run };
}

/**
 * A connection to the Redis of the settings. It is made again whenever it is lost; a command waits
 * for that as many times as `patience` says, else for as long as it takes.
 */
export function connectRedis(settings: Settings, patience: number | null = null): Redis {
  return new Redis(settings.REDIS_URL, {
    connectTimeout: 2000,
    retryStrategy: (attempt) => Math.min(attempt * 200, 2000),
    maxRetriesPerRequest: patience,
  });
}

/** The queue of this service. Who made the connection closes it. */
export function openQueue(connection: Redis): TaskQueue {
  const queue: TaskQueue = new Queue(about.name, { connection, defaultJobOptions: JOB_OPTIONS });
  // The connection says so too, and whoever uses the queue.
  queue.on('error', () => undefined);
  return queue;
}

/** Put a task into the queue; `from` says which request sends it. */
export async function addTask<Data>(
  queue: TaskQueue,
  task: Task<Data>,
  data: Data,
  from: Omit<Envelope, 'data'> = {},
): Promise<void> {
  await queue.add(task.name, { data, ...from }, { jobId: randomUUID() });
}
