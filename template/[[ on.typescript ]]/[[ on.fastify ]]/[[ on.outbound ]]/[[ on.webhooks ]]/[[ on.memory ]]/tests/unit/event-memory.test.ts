import { expect, test } from 'vitest';

import { receiveInMemory } from '../../src/data/webhooks.ts';

test('the memory holds the latest events, up to its limit', async () => {
  const receive = receiveInMemory(2);
  const isNew = async (eventId: string) => {
    let added = false;
    await receive(async (received) => {
      added = await received.add('acme', eventId);
    });
    return added;
  };

  expect(await isNew('1')).toBe(true);
  expect(await isNew('2')).toBe(true);
  expect(await isNew('2')).toBe(false);
  expect(await isNew('3')).toBe(true);
  expect(await isNew('2')).toBe(false);
  expect(await isNew('1')).toBe(true);
});
