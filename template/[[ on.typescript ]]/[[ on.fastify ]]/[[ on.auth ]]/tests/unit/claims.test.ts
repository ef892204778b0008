import type { JWTPayload } from 'jose';
import { expect, test } from 'vitest';

import { namesAt } from '../../src/platform/claims.ts';

test.each<[JWTPayload, string[]]>([
  [{ 'app.roles': ['admin', 'reader'] }, ['admin', 'reader']],
  [{ 'app.roles': 'admin' }, ['admin']],
  [{ app: { roles: ['admin', 5, null, ['reader']] } }, ['admin']],
  [{ app: { roles: { admin: true } } }, []],
  [{ app: 'roles' }, []],
  [{ 'app.roles': [], app: { roles: ['admin'] } }, []],
  [{}, []],
])('only names at the place count: %o', (claims, names) => {
  expect(namesAt(claims, 'app.roles')).toEqual(new Set(names));
});

test('what every object has is no claim', () => {
  expect(namesAt({}, 'constructor.name')).toEqual(new Set());
});
