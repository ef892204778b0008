import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { ROLES } from '../../src/domain/access.ts';
import { ROOT } from '../support.ts';

test('the roles in docs/access.md are those of the code', () => {
  const text = readFileSync(path.join(ROOT, 'docs/access.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `(.+?)` \|(.*)\|$/gm)];

  const documented = rows.map(([, role, permissions]) => [
    role,
    [...(permissions ?? '').matchAll(/`(.+?)`/g)].map(([, name]) => name),
  ]);

  expect(documented).toEqual([...ROLES]);
});
