import { expect, test } from 'vitest';

import { UnavailableError } from '../../src/platform/errors.ts';
import { Pool } from '../../src/platform/pool.ts';

function numbers(size: number, waitMilliseconds = 20): Pool<number> {
  let made = 0;
  return new Pool(
    async () => {
      made += 1;
      return made;
    },
    size,
    waitMilliseconds,
  );
}

test('no more are made than fit, and a wait ends', async () => {
  const pool = numbers(2);

  expect([await pool.acquire(), await pool.acquire()]).toEqual([1, 2]);
  await expect(pool.acquire()).rejects.toThrow(UnavailableError);
});

test('who waits gets what is given back', async () => {
  const pool = numbers(1, 10_000);
  const first = await pool.acquire();
  const waiting = pool.acquire();

  pool.release(first);

  expect(await waiting).toBe(first);
});

test('what could not be made takes no place', async () => {
  let works = false;
  const pool = new Pool(
    async () => {
      if (!works) throw new Error('broken');
      return 'made';
    },
    1,
    20,
  );
  await expect(pool.acquire()).rejects.toThrow('broken');

  works = true;

  expect(await pool.acquire()).toBe('made');
});
