import { describe, expect, test } from 'vitest';

import { InvalidError } from '../../src/domain/errors.ts';
import { checked, newUser } from '../../src/domain/users.ts';

describe('a new user', () => {
  test('is kept trimmed and in lower case', () => {
    const user = newUser({ name: '  Zoë \n', email: 'Zoe@Example.com' });

    expect(user).toMatchObject({ name: 'Zoë', email: 'zoe@example.com' });
    expect(user.id).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  test.each([
    ['no name', { name: ' ' }],
    ['81 characters', { name: 'x'.repeat(81) }],
    ['a control character', { name: 'Ada\u0000' }],
    ['half of a surrogate pair', { name: 'Ada\ud800' }],
  ])('is refused with %s', (_, values) => {
    expect(() => newUser({ email: 'ada@example.com', ...values })).toThrow(InvalidError);
  });

  test('may have 80 characters beyond the basic plane', () => {
    expect(newUser({ name: '😀'.repeat(80), email: 'ada@example.com' }).name).toHaveLength(160);
  });

  test('is told everything that is wrong at once', () => {
    const reasons = () => newUser({ name: '', email: 'ada' });

    expect(reasons).toThrow(/^name .*; email /);
  });
});

test('changes are checked alone', () => {
  expect(checked({ email: 'ADA@example.com' })).toEqual({ email: 'ada@example.com' });
  expect(() => checked({ name: '' })).toThrow(InvalidError);
});
