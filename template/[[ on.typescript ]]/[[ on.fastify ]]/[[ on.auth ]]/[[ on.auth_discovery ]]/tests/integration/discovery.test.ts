import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { discoveredKeysUrl } from '../../src/platform/discovery.ts';
import { Issuer } from '../issuer.ts';

const { signal } = new AbortController();

let issuer: Issuer;
let name: string;

beforeEach(async () => {
  issuer = await Issuer.start();
  name = issuer.variables.AUTH_ISSUER ?? '';
});

afterEach(async () => {
  vi.unstubAllGlobals();
  await issuer.stop();
});

test('an issuer says where its keys are', async () => {
  expect(await discoveredKeysUrl(name, signal)).toBe(`${issuer.url}/jwks.json`);
});

test('an issuer must be spelled as it spells itself', async () => {
  const other = name.endsWith('/') ? name.slice(0, -1) : `${name}/`;

  await expect(discoveredKeysUrl(other, signal)).rejects.toThrow('another issuer');
});

test('an issuer that is down is no answer', async () => {
  issuer.down = true;

  await expect(discoveredKeysUrl(name, signal)).rejects.toThrow('answered 503');
});

test('keys are not taken from where anybody can change them', async () => {
  const document = { issuer: 'https://id.example.com', jwks_uri: 'http://id.example.com/jwks' };
  vi.stubGlobal('fetch', async () => Response.json(document));

  await expect(discoveredKeysUrl('https://id.example.com', signal)).rejects.toThrow('not https');
});
