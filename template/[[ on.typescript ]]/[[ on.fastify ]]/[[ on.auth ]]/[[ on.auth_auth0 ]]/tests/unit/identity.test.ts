import { expect, test } from 'vitest';

import { grants } from '../../src/platform/identity.ts';
import { settings } from '../support.ts';

test('permissions of the API count beside the roles of the tenant', () => {
  const claims = { permissions: ['users:read'], 'https://acme.example/roles': ['admin'] };

  expect(grants(claims, settings({ AUTH_ROLES_CLAIM: 'https://acme.example/roles' }))).toEqual({
    roles: new Set(['admin']),
    permissions: new Set(['users:read']),
  });
});

test('a tenant without an Action grants permissions alone', () => {
  expect(grants({ permissions: ['users:read'] }, settings())).toEqual({
    roles: new Set(),
    permissions: new Set(['users:read']),
  });
});
