import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

import { beforeEach, describe, expect, test } from 'vitest';

import { UnavailableError } from '../../src/platform/errors.ts';
import {
  KEEP_MILLISECONDS,
  KeyStore,
  PAUSE_MILLISECONDS,
  RENEW_MILLISECONDS,
  usableKeys,
} from '../../src/platform/jwks.ts';
import { newKey } from '../issuer.ts';
import { recordingLogger } from '../support.ts';

const KEY = await newKey('ES256');
const OTHER = await newKey('ES256');

let now: number;
let fetches: number;
let keys: unknown[];
let error: Error | undefined;
let store: KeyStore;

beforeEach(() => {
  now = 1000;
  fetches = 0;
  keys = [KEY.jwk];
  error = undefined;
  const fetched = async () => {
    fetches += 1;
    await setImmediate();
    if (error) throw error;
    return { keys };
  };
  store = new KeyStore(fetched, recordingLogger().logger, () => now);
});

describe('the store', () => {
  test('keeps the keys', async () => {
    expect(await store.find(KEY.kid)).toEqual(KEY.jwk);
    now += RENEW_MILLISECONDS - 1;
    expect(await store.find(KEY.kid)).toEqual(KEY.jwk);

    expect(fetches).toBe(1);
  });

  test('renews them in the background', async () => {
    await store.find(KEY.kid);
    keys = [OTHER.jwk];
    now += RENEW_MILLISECONDS;

    expect(await store.find(KEY.kid)).toEqual(KEY.jwk);

    expect(await store.find(OTHER.kid)).toEqual(OTHER.jwk);
    expect(fetches).toBe(2);
    expect(await store.find(KEY.kid)).toBeUndefined();
  });

  test('fetches once for all who wait', async () => {
    await Promise.all(Array.from({ length: 5 }, () => store.find(KEY.kid)));
    keys = [OTHER.jwk];
    const found = await Promise.all(Array.from({ length: 5 }, () => store.find(OTHER.kid)));

    expect(found).toEqual(Array(5).fill(OTHER.jwk));
    expect(fetches).toBe(2);
  });

  test('looks for an unknown key now and then', async () => {
    for (const kid of ['one', 'two', 'three']) expect(await store.find(kid)).toBeUndefined();
    expect(fetches).toBe(2);

    now += PAUSE_MILLISECONDS;
    await store.find('four');
    expect(fetches).toBe(3);
  });

  test('keeps old keys while the issuer is down, but not for ever', async () => {
    await store.find(KEY.kid);
    error = new Error('no answer');

    now += KEEP_MILLISECONDS - 1;
    expect(await store.find(KEY.kid)).toEqual(KEY.jwk);
    await expect(store.find(OTHER.kid)).rejects.toThrow(UnavailableError);

    now += 1;
    await expect(store.find(KEY.kid)).rejects.toThrow(UnavailableError);
  });

  test('asks an issuer that is down now and then', async () => {
    error = new Error('no answer');
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(store.find(KEY.kid)).rejects.toThrow(UnavailableError);
    }
    expect(fetches).toBe(1);

    error = undefined;
    now += PAUSE_MILLISECONDS;
    expect(await store.find(KEY.kid)).toEqual(KEY.jwk);
  });

  test('does not let a bad answer replace good keys', async () => {
    await store.find(KEY.kid);
    keys = [];
    now += RENEW_MILLISECONDS;

    await store.find(KEY.kid);

    expect(await store.find(KEY.kid)).toEqual(KEY.jwk);
    expect(fetches).toBe(2);
  });
});

test('only keys that verify signatures are taken', () => {
  const shared = createSecretKey(Buffer.alloc(32)).export({ format: 'jwk' });
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const unnamed = publicKey.export({ format: 'jwk' });
  const document = {
    keys: [
      { ...shared, kid: 'shared' },
      { ...unnamed, kid: 'encrypting', use: 'enc' },
      unnamed,
      { kty: 'EC', crv: 'P-999', x: 'YQ', y: 'YQ', kid: 'strange' },
      { kty: 'AKP', kid: 'quantum' },
      'nonsense',
      KEY.jwk,
    ],
  };

  expect([...usableKeys(document).keys()]).toEqual([KEY.kid]);
});

test.each([{}, { keys: [] }, { keys: [{ kty: 'oct', k: 'YQ' }] }])(
  'a document without such a key is refused: %o',
  (document) => {
    expect(() => usableKeys(document)).toThrow('no key that verifies signatures');
  },
);
