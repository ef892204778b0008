import { expect, test } from 'vitest';

import { grants } from '../../src/platform/identity.ts';
import { settings } from '../support.ts';

test.each([
  ['roles', { roles: ['admin', 'reader'] }],
  ['realm_access.roles', { realm_access: { roles: ['admin', 'reader'] } }],
  ['https://example.com/roles', { 'https://example.com/roles': ['admin', 'reader'] }],
])('roles stand where the issuer puts them: %s', (claim, claims) => {
  const { roles } = grants(claims, settings({ AUTH_ROLES_CLAIM: claim }));

  expect(roles).toEqual(new Set(['admin', 'reader']));
});
