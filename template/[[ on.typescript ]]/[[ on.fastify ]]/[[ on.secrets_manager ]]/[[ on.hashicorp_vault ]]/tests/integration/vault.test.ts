import { afterEach, beforeEach, expect, test } from 'vitest';

import { fetchSecret } from '../../src/platform/secrets-manager.ts';
import { APPROLE, SecretsPeer } from '../secrets-peer.ts';

const SECRET = { FIRST_KEY: 'v4lue' };

let peer: SecretsPeer;

beforeEach(async () => {
  peer = await SecretsPeer.start(SECRET);
});

afterEach(() => peer.stop());

test('an AppRole opens it too', async () => {
  const { VAULT_TOKEN: _, ...variables } = peer.variables;

  expect(await fetchSecret({ ...variables, ...APPROLE })).toEqual(SECRET);
});

test('it is asked in its namespace', async () => {
  await fetchSecret(peer.variables);
  await fetchSecret({ ...peer.variables, VAULT_NAMESPACE: 'team/orders' });

  expect([...peer.namespaces]).toEqual([undefined, 'team/orders']);
});

test('without an address the environment alone counts', async () => {
  expect(await fetchSecret({ VAULT_SECRET_PATH: 'secret/data/app' })).toBeUndefined();
});
