import { Type } from 'typebox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { newApplication } from '../../src/platform/application.ts';
import { UnavailableError } from '../../src/platform/errors.ts';
import type { App } from '../../src/platform/types.ts';
import { recordingLogger, settings } from '../support.ts';

let app: App;
let lines: Record<string, unknown>[];

async function start(variables: NodeJS.ProcessEnv = {}): Promise<void> {
  const recorded = recordingLogger();
  lines = recorded.lines;
  app = await newApplication(settings(variables), recorded.logger);
  app.get('/fails', async () => {
    throw new Error('s3cret');
  });
  app.get('/unavailable', async () => {
    throw new UnavailableError('database: s3cret');
  });
  app.get('/hangs', () => new Promise(() => undefined));
  app.post(
    '/things/:thing_id',
    { schema: { body: Type.Object({ name: Type.String({ minLength: 1 }) }) } },
    async () => ({}),
  );
}

beforeEach(() => start());
afterEach(() => app.close());

function logged(requestId: unknown) {
  return lines.find((line) => line.request_id === requestId && 'status' in line);
}

describe('TC-005 every problem', () => {
  test.each([
    ['GET', '/nowhere', 404],
    ['DELETE', '/health', 405],
    ['GET', '/fails', 500],
    ['GET', '/unavailable', 503],
    ['GET', '/%zz', 400],
  ] as const)(
    'of %s %s is a problem document that tells nothing of the inside',
    async (method, url, status) => {
      const response = await app.inject({ method, url });

      expect(response.statusCode).toBe(status);
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(response.json()).toMatchObject({
        status,
        instance: url,
        request_id: response.headers['x-request-id'],
      });
      expect(response.headers['x-content-type-options']).toBe('nosniff');
      expect(response.body).not.toContain('s3cret');
    },
  );
});

test('TC-005 a wrong method is told the right ones', async () => {
  const response = await app.inject({ method: 'GET', url: '/things/1' });

  expect(response.statusCode).toBe(405);
  expect(response.headers.allow).toBe('POST');
});

test('TC-005 an invalid body is pointed at', async () => {
  const response = await app.inject({ method: 'POST', url: '/things/1', payload: { name: '' } });

  expect(response.statusCode).toBe(422);
  expect(response.json().errors).toMatchObject([{ pointer: '#/name' }]);
});

test('a body that is no UTF-8 is refused', async () => {
  const response = await app.inject({
    method: 'POST',
    url: '/things/1',
    headers: { 'content-type': 'application/json' },
    payload: Buffer.from('{"name": "\xff"}', 'latin1'),
  });

  expect(response.statusCode).toBe(400);
});

test('a request is logged by its route, with its id, trace and client', async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const response = await app.inject({
    method: 'POST',
    url: '/things/1?token=s3cret',
    headers: { 'x-request-id': 'request-0001', traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    payload: { name: 's3cret' },
  });

  expect(response.headers['x-request-id']).toBe('request-0001');
  expect(logged('request-0001')).toMatchObject({
    level: 'info',
    method: 'POST',
    route: '/things/{thing_id}',
    status: 200,
    client: '127.0.0.1',
    trace_id: traceId,
  });
  expect(JSON.stringify(lines)).not.toContain('s3cret');
});

test('an unsafe request id is replaced', async () => {
  const response = await app.inject({ url: '/health', headers: { 'x-request-id': 'no spaces' } });

  expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

describe('the host check', () => {
  test('refuses a stranger, and never a probe', async () => {
    const headers = { host: 'evil.example' };

    expect((await app.inject({ url: '/openapi.json', headers })).statusCode).toBe(400);
    expect((await app.inject({ url: '/health', headers })).statusCode).toBe(200);
  });
});

describe('the rate limit', () => {
  test('TC-007 counts by client, and says how long to wait', async () => {
    await app.close();
    await start({ RATE_LIMIT_PER_MINUTE: '1' });

    const first = await app.inject('/nowhere');
    const second = await app.inject('/nowhere');

    expect(first.headers).toMatchObject({
      'ratelimit-policy': '"default";q=1;w=60',
      ratelimit: '"default";r=0;t=60',
    });
    expect(second.statusCode).toBe(429);
    expect(second.headers['retry-after']).toBe('60');
    expect((await app.inject('/ready')).statusCode).toBe(200);
  });

  test('takes the client from trusted proxies', async () => {
    await app.close();
    await start({ RATE_LIMIT_PER_MINUTE: '1', TRUSTED_PROXIES: '127.0.0.0/8' });
    const from = (address: string) =>
      app.inject({ url: '/nowhere', headers: { 'x-forwarded-for': address } });

    expect((await from('2001:db8::1')).statusCode).toBe(404);
    expect((await from('198.51.100.1')).statusCode).toBe(404);
    expect((await from('2001:0db8:0::2')).statusCode).toBe(429);
  });
});

test('a request that takes too long is answered 504', async () => {
  await app.close();
  await start({ REQUEST_TIMEOUT_SECONDS: '0.05' });

  const response = await app.inject('/hangs');

  expect(response.statusCode).toBe(504);
  expect(response.headers.connection).toBe('close');
  expect(response.json().request_id).toBe(response.headers['x-request-id']);
});

describe('readiness', () => {
  test('TC-002 names what is not there', async () => {
    app.readiness.checks.set('queue', async () => {
      throw new Error('no connection');
    });

    const response = await app.inject('/ready');

    expect(response.statusCode).toBe(503);
    expect(response.json().checks).toEqual({ queue: 'unavailable' });
  });

  test('ends when the service stops', async () => {
    app.readiness.stopping = true;

    expect((await app.inject('/ready')).statusCode).toBe(503);
    expect((await app.inject('/health')).headers.connection).toBe('close');
  });
});

test('TC-008 every answer has the security headers', async () => {
  for (const url of ['/health', '/nowhere', '/fails']) {
    expect((await app.inject(url)).headers).toMatchObject({
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    });
  }
});

describe('CORS', () => {
  const preflight = {
    method: 'OPTIONS',
    url: '/health',
    headers: { origin: 'https://app.example.com', 'access-control-request-method': 'GET' },
  } as const;

  test('TC-008 is off, unless origins are named', async () => {
    expect((await app.inject(preflight)).headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('lets a named origin in', async () => {
    await app.close();
    await start({ CORS_ORIGINS: 'https://app.example.com' });

    expect((await app.inject(preflight)).headers['access-control-allow-origin']).toBe(
      'https://app.example.com',
    );
  });
});
