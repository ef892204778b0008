/** Tasks that could not be done: kept in the queue until somebody sends them again or drops them. */

import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';

import type { Envelope, TaskQueue } from './tasks.ts';

const KEPT_DAYS = 30;

/** A task, and why it was given up. */
export interface DeadLetter {
  readonly id: string;
  readonly task: string;
  readonly data: unknown;
  readonly reason: string;
  readonly request_id: string | undefined;
  readonly died_at: string;
}

/** All dead letters, the oldest first. */
export async function deadLetters(queue: TaskQueue): Promise<DeadLetter[]> {
  const jobs = await queue.getJobs(['failed'], 0, -1, true);
  // One that somebody else has just dropped is undefined.
  return jobs.filter((job) => job !== undefined).map(letterOf);
}

/** Forget a dead letter; false if there was none. */
export async function drop(queue: TaskQueue, id: string): Promise<boolean> {
  return (await queue.remove(id)) === 1;
}

/** Send the task again, under its id and with all its tries. */
export async function requeue(queue: TaskQueue, redis: Redis, id: string): Promise<void> {
  const job = await queue.getJob(id);
  // How often it was lost with its worker, which BullMQ keeps.
  await redis.hdel(queue.toKey(id), 'stc');
  await job?.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
}

/** Forget the dead letters that are older than 30 days; returns them. */
export async function dropOld(queue: TaskQueue): Promise<DeadLetter[]> {
  const end = new Date(Date.now() - KEPT_DAYS * 86_400_000).toISOString();
  const old = (await deadLetters(queue)).filter(({ died_at }) => died_at < end);
  for (const { id } of old) await drop(queue, id);
  return old;
}

function letterOf(job: Job<Envelope>): DeadLetter {
  return {
    id: String(job.id),
    task: job.name,
    data: job.data.data,
    reason: job.failedReason,
    request_id: job.data.request_id,
    died_at: new Date(job.finishedOn ?? job.timestamp).toISOString(),
  };
}
