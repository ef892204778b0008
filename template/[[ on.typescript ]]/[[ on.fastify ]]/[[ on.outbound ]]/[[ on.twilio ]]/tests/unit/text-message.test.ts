import { expect, test } from 'vitest';

import { newTextMessage } from '../../src/domain/messages.ts';

test('a text for a phone is a message', () => {
  const values = { to: '+4930123456', text: 'Your chairs are ready.' };

  expect(newTextMessage(values)).toEqual(values);
});

test.each(['', '030123456', '+0123456', '+49 30 123456', '+4930123456\n'])(
  'every reason against "%s" is told',
  (to) => {
    expect(() => newTextMessage({ to, text: 'a'.repeat(1601) })).toThrow(/^to .*; text /);
  },
);
