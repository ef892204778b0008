import { expect, test } from 'vitest';

import { grants } from '../../src/platform/identity.ts';
import { settings } from '../support.ts';

test('the role is the one in the active organization', () => {
  const claims = { o: { id: 'org_1', rol: 'admin' } };

  expect(grants(claims, settings()).roles).toEqual(new Set(['admin']));
  expect(grants({}, settings()).roles).toEqual(new Set());
});

test('the role may stand in a custom claim', () => {
  const claims = { metadata: { role: 'admin' } };

  expect(grants(claims, settings({ AUTH_ROLES_CLAIM: 'metadata.role' })).roles).toEqual(
    new Set(['admin']),
  );
});

test.each([
  [
    { fea: 'o:users,o:orders', o: { per: 'read,write', fpm: '3,1' } },
    ['users:read', 'users:write', 'orders:read'],
  ],
  [{ fea: 'u:export,uo:users', o: { per: 'write,read', fpm: '2' } }, ['users:read']],
  [{ fea: 'o:users', o: { per: 'read', fpm: '0' } }, []],
  [{ fea: 'o:users', o: { rol: 'admin' } }, []],
  [{ fea: 'u:users' }, []],
])('permissions are decoded: %o', (claims, permissions) => {
  expect(grants(claims, settings()).permissions).toEqual(new Set(permissions));
});
