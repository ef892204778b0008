import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { about } from '../../src/platform/about.ts';
import { BusyError, onceIn } from '../../src/platform/once.ts';
import { connectRedis } from '../../src/platform/tasks.ts';
import { type TemporaryRedis, temporaryRedis } from '../redis-server.ts';
import { settings } from '../support.ts';

let temporary: TemporaryRedis;
let redis: Redis;

beforeAll(async () => {
  temporary = await temporaryRedis();
  redis = connectRedis(settings({ REDIS_URL: temporary.url }));
});

afterAll(async () => {
  redis.disconnect();
  await temporary.remove();
});

function once(signal = new AbortController().signal) {
  return onceIn(redis, 300, signal);
}

const nothing = async () => {};

test('work is done once', async () => {
  const done: string[] = [];

  expect(await once()('work', async () => void done.push('first'))).toBe(true);
  expect(await once()('work', async () => void done.push('second'))).toBe(false);
  expect(done).toEqual(['first']);
});

test('a second run waits for the first one', async () => {
  let busy: unknown;

  await once()('together', async () => {
    busy = await once()('together', nothing).catch((error: unknown) => error);
  });

  expect(busy).toBeInstanceOf(BusyError);
  expect((busy as BusyError).seconds).toBeGreaterThan(290);
  expect((busy as BusyError).seconds).toBeLessThanOrEqual(301);
});

test('work that failed is done again', async () => {
  const failed = once()('fails', async () => {
    throw new RangeError('no such thing');
  });

  await expect(failed).rejects.toThrow('no such thing');
  expect(await once()('fails', nothing)).toBe(true);
});

test('work that was given up is done again at once', async () => {
  const limit = new AbortController();

  const late = once(limit.signal)('late', () => new Promise(() => limit.abort(new Error('late'))));

  await expect(late).rejects.toThrow('late');
  expect(await once()('late', nothing)).toBe(true);
});

test('work of a process that died is done when its lease is over', async () => {
  await redis.set(`${about.name}:once:lost`, 'a run that died', 'PX', 1);
  await expect.poll(() => redis.exists(`${about.name}:once:lost`)).toBe(0);

  expect(await once()('lost', nothing)).toBe(true);
});
