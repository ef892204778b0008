import { expect, test } from 'vitest';

import { grants } from '../../src/platform/identity.ts';
import { settings } from '../support.ts';

test('roles stand in a custom claim', () => {
  const one = settings({ AUTH_ROLES_CLAIM: 'role' });

  expect(grants({ roles: ['admin', 'reader'] }, settings()).roles).toEqual(
    new Set(['admin', 'reader']),
  );
  expect(grants({ role: 'admin' }, one).roles).toEqual(new Set(['admin']));
});
