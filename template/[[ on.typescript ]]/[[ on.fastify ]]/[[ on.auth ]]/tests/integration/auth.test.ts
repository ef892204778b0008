import { createHmac } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { newApplication } from '../../src/platform/application.ts';
import { authentication } from '../../src/platform/auth.ts';
import type { App } from '../../src/platform/types.ts';
import { WRONG_CLAIMS } from '../identity.ts';
import { Issuer, newKey } from '../issuer.ts';
import { recordingLogger, settings } from '../support.ts';

const READ = 'notes:read';
const WRITE = 'notes:write';
const ROLES = new Map([
  ['writer', [READ, WRITE]],
  ['reader', [READ]],
]);
const INVALID = 'Bearer error="invalid_token"';

// Shared by the tests, because they take a while to make.
const KEY = await newKey();
const STRANGER = await newKey();

let issuer: Issuer;
let app: App;

beforeEach(async () => {
  issuer = await Issuer.start({ key: KEY });
  const { logger: log } = recordingLogger();
  const values = settings(issuer.variables);
  app = await newApplication(values, log);
  await app.register(authentication, { settings: values, roles: ROLES, log });
  app.get('/me', { config: { permissions: [] } }, async ({ caller }) => caller?.subject);
  app.get('/notes', { config: { permissions: [READ] } }, async () => null);
  app.post('/notes', { config: { permissions: [READ, WRITE] } }, async () => null);
});

afterEach(async () => {
  await app.close();
  await issuer.stop();
});

function ask(token: string, method: 'GET' | 'POST' = 'GET', url = '/notes') {
  return app.inject({ method, url, headers: { authorization: `Bearer ${token}` } });
}

async function refused(token: string): Promise<void> {
  const response = await ask(token);
  expect(response.statusCode).toBe(401);
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(response.headers['www-authenticate']).toBe(INVALID);
}

function encoded(data: unknown): string {
  return Buffer.from(data instanceof Uint8Array ? data : JSON.stringify(data)).toString(
    'base64url',
  );
}

/** A token that no library would make: signed with HMAC and `secret`, or not signed. */
function handmade(header: object, claims: unknown, secret?: string): string {
  const text = `${encoded(header)}.${encoded(claims)}`;
  const signature = secret ? createHmac('sha256', secret).update(text).digest('base64url') : '';
  return `${text}.${signature}`;
}

function seconds(fromNow: number): number {
  return Math.floor(Date.now() / 1000) + fromNow;
}

test('the caller is whom the token names', async () => {
  const token = await issuer.token([], { claims: { sub: 'ada' } });

  expect((await ask(token, 'GET', '/me')).body).toBe('ada');
});

test.each([
  { roles: ['writer'], read: 200, write: 200 },
  { roles: ['reader'], read: 200, write: 403 },
  { roles: ['unknown'], read: 403, write: 403 },
  { roles: [], read: 403, write: 403 },
])('the roles $roles permit what the table says', async ({ roles, read, write }) => {
  const token = await issuer.token(roles);

  expect((await ask(token)).statusCode).toBe(read);
  expect((await ask(token, 'POST')).statusCode).toBe(write);
});

test('a missing permission is named', async () => {
  const response = await ask(await issuer.token(['reader']), 'POST');

  expect(response.headers['www-authenticate']).toBe(
    `Bearer error="insufficient_scope", scope="${READ} ${WRITE}"`,
  );
  expect(response.json()).toMatchObject({ status: 403, detail: `The caller lacks: ${WRITE}.` });
});

test.each([{}, { authorization: 'Basic YWRhOmFkYQ==' }, { authorization: 'Bearer ' }])(
  'a request with the headers %o is challenged',
  async (headers) => {
    const response = await app.inject({ url: '/notes', headers });

    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer');
    expect(issuer.fetches).toBe(0);
  },
);

test.each([
  { iss: 'https://other.example.com' },
  { iss: undefined },
  ...WRONG_CLAIMS,
  { exp: seconds(-60) },
  { exp: undefined },
  { exp: 'tomorrow' },
  { nbf: seconds(600) },
  { iat: seconds(600) },
  { sub: undefined },
  { sub: '' },
])('a token that claims %o is refused', async (claims) => {
  await refused(await issuer.token(['writer'], { claims }));
});

test('clocks may differ a little', async () => {
  const claims = { exp: seconds(-2), nbf: seconds(2), iat: seconds(2) };

  expect((await ask(await issuer.token(['reader'], { claims }))).statusCode).toBe(200);
});

describe('a forged token is refused:', () => {
  const header = { typ: 'JWT', kid: KEY.kid };

  test.each<[string, () => string | Promise<string>]>([
    ['none', () => handmade({ ...header, alg: 'none' }, issuer.claims(['writer']))],
    ['None', () => handmade({ ...header, alg: 'None' }, issuer.claims(['writer']))],
    ['no algorithm', () => handmade(header, issuer.claims(['writer']))],
    [
      'signed with the public key',
      () =>
        handmade({ ...header, alg: 'HS256' }, issuer.claims(['writer']), JSON.stringify(KEY.jwk)),
    ],
    [
      "of a stranger, under the issuer's key id",
      () => issuer.token(['writer'], { key: STRANGER, header: { kid: KEY.kid } }),
    ],
    ['of a stranger', () => issuer.token(['writer'], { key: STRANGER })],
    [
      'of a stranger who sends the key along',
      () => issuer.token(['writer'], { key: STRANGER, header: { jwk: STRANGER.jwk } }),
    ],
    ['without key id', () => issuer.token(['writer'], { header: { kid: undefined } })],
    [
      "another algorithm than the key's",
      async () => {
        const [, ...rest] = (await issuer.token(['writer'])).split('.');
        return [encoded({ ...header, alg: 'PS256' }), ...rest].join('.');
      },
    ],
    [
      'critical extension',
      () => handmade({ ...header, alg: 'RS256', crit: ['b64'] }, issuer.claims(['writer'])),
    ],
    [
      'other claims',
      async () => {
        const [head, , signature] = (await issuer.token(['reader'])).split('.');
        return `${head}.${encoded(issuer.claims(['writer']))}.${signature}`;
      },
    ],
    ['no signature', async () => (await issuer.token(['writer'])).replace(/[^.]*$/, '')],
  ])('%s', async (_, forge) => {
    await refused(await forge());
  });
});

test.each([
  'nonsense',
  'a.b.c',
  'a.b.c.d.e',
  '..',
  `${encoded('alg')}.e30.`,
  `${encoded([])}.e30.`,
  `${encoded({ alg: ['RS256'], kid: 'a' })}.e30.`,
  `${encoded({ alg: 'RS256', kid: 5 })}.e30.`,
  `${encoded({ alg: 'RS256', kid: 'a', crit: 5 })}.e30.`,
  `${encoded(Buffer.alloc(380, '['))}.e30.`,
  `${encoded(Buffer.alloc(9000, '['))}.e30.`,
  `${encoded(Buffer.alloc(128, 0xff))}.e30.`,
])('a malformed token is refused: %.20s', async (token) => {
  await refused(token);
});

describe('the keys of the issuer', () => {
  test('are fetched once', async () => {
    for (let request = 0; request < 3; request += 1) {
      expect((await ask(await issuer.token(['reader']))).statusCode).toBe(200);
    }

    expect(issuer.fetches).toBe(1);
  });

  test('are known at once when they are new, and forgotten when they are old', async () => {
    const old = await issuer.token(['reader']);
    expect((await ask(old)).statusCode).toBe(200);

    issuer.keys = [STRANGER];

    expect((await ask(await issuer.token(['reader']))).statusCode).toBe(200);
    await refused(old);
    expect(issuer.fetches).toBe(2);
  });

  test('are not asked for with each that is unknown', async () => {
    for (const kid of ['1', '2', '3', '4', '5']) {
      await refused(await issuer.token(['reader'], { key: STRANGER, header: { kid } }));
    }

    expect(issuer.fetches).toBe(2);
  });

  test('outlive it', async () => {
    const token = await issuer.token(['reader']);
    expect((await ask(token)).statusCode).toBe(200);

    issuer.down = true;

    expect((await ask(token)).statusCode).toBe(200);
  });

  test('are not there while it is down, which is not the fault of the caller', async () => {
    issuer.down = true;

    const response = await ask(await issuer.token(['reader']));

    expect(response.statusCode).toBe(503);
    expect(response.headers).toHaveProperty('retry-after');
  });
});

test('probes need no token', async () => {
  expect((await app.inject('/health')).statusCode).toBe(200);
  expect((await app.inject('/ready')).statusCode).toBe(200);
});

test('a permission that no role has is found at the start', async () => {
  expect(() => app.get('/other', { config: { permissions: ['notes:raed'] } }, () => null)).toThrow(
    'notes:raed',
  );
});
