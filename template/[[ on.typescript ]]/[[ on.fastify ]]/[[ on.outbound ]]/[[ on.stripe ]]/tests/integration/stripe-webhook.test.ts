import { createHmac, randomUUID } from 'node:crypto';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { createApp } from '../../src/interface/app.ts';
import { createLogger } from '../../src/platform/logs.ts';
import type { App } from '../../src/platform/types.ts';
import { testEnvironment } from '../environment.ts';
import { settings } from '../support.ts';

const [OLD, NEW] = ['whsec_old', 'whsec_new'] as const;

let environment: Awaited<ReturnType<typeof testEnvironment>>;
let app: App;
let lines: Record<string, unknown>[];
let broken: boolean;

beforeEach(async () => {
  environment = await testEnvironment();
  lines = [];
  broken = false;
  const logger = createLogger('debug', {
    write(text) {
      const line = JSON.parse(text);
      if (broken && line.message === 'payment completed') throw new Error('no space left');
      lines.push(line);
    },
  });
  const variables = { ...environment.variables, STRIPE_WEBHOOK_SECRETS: `${NEW},${OLD}` };
  app = await createApp(settings(variables), logger);
});

afterEach(async () => {
  await app.close();
  await environment.remove();
});

function newEvent(type = 'checkout.session.completed'): string {
  const object = { object: 'checkout.session', client_reference_id: 'order-1' };
  return JSON.stringify({ id: `evt_${randomUUID()}`, object: 'event', type, data: { object } });
}

/** What Stripe-Signature holds: https://docs.stripe.com/webhooks/signature. */
function signature(body: string, secret: string = NEW, age = 0): string {
  const timestamp = Math.floor(Date.now() / 1000) - age;
  const digest = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return `t=${timestamp},v1=${digest}`;
}

function post(body: string | Buffer, signed?: string) {
  return app.inject({
    method: 'POST',
    url: '/webhooks/stripe',
    headers: {
      'content-type': 'application/json',
      ...(signed !== undefined && { 'stripe-signature': signed }),
    },
    payload: body,
  });
}

/** What was said of payments. */
function said(): unknown[] {
  return lines.map(({ message }) => message).filter((message) => /^payment/.test(String(message)));
}

test.each([OLD, NEW])('an event counts while a secret is replaced: %s', async (secret) => {
  const body = newEvent();

  const response = await post(body, signature(body, secret));

  expect(response.statusCode).toBe(204);
  expect(response.body).toBe('');
  expect(lines).toContainEqual(
    expect.objectContaining({
      message: 'payment completed',
      reference: 'order-1',
      request_id: response.headers['x-request-id'],
    }),
  );
});

test.each([
  ['none', () => undefined],
  ['an empty one', () => 't=1,v1='],
  ['no hexadecimal digits', () => 'v1=ü'],
  ['one without a time', (body: string) => signature(body).replace(/^t=\d+/, 't=now')],
  ['that of another event', () => signature(newEvent())],
  ['that of another secret', (body: string) => signature(body, 'whsec_third')],
  ['one that is too old', (body: string) => signature(body, NEW, 301)],
])('an event without a valid signature is refused: %s', async (_, sign) => {
  const body = newEvent();

  const response = await post(body, sign(body));

  expect(response.statusCode).toBe(400);
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(lines.map(({ message }) => message)).toContain('webhook refused');
  expect(said()).toEqual([]);
});

test('an event of almost five minutes is still taken', async () => {
  const body = newEvent();

  expect((await post(body, signature(body, NEW, 290))).statusCode).toBe(204);
});

test.each(['order-2', '\xff'])('a changed body is refused: %s', async (change) => {
  const body = newEvent();
  const changed = Buffer.from(body.replace('order-1', change), 'latin1');

  expect((await post(changed, signature(body))).statusCode).toBe(400);
});

test.each(['{}', '[]', '', '{"id": 1}', 'no JSON'])(
  'a signed body that is no event is refused: %s',
  async (body) => {
    expect((await post(body, signature(body))).statusCode).toBe(400);
  },
);

test('an event that comes again has no second effect', async () => {
  const body = newEvent();

  const responses = await Promise.all([
    post(body, signature(body, NEW)),
    post(body, signature(body, OLD)),
  ]);
  responses.push(await post(body, signature(body)));

  expect(responses.map(({ statusCode }) => statusCode)).toEqual([204, 204, 204]);
  expect(said()).toEqual(['payment completed']);
});

test('an event counts when it comes again after a failure', async () => {
  const body = newEvent();

  broken = true;
  const failed = await post(body, signature(body));
  broken = false;
  const repeated = await post(body, signature(body));

  expect([failed.statusCode, repeated.statusCode]).toEqual([500, 204]);
  expect(said()).toEqual(['payment completed']);
});

test.each([
  ['checkout.session.expired', 'payment abandoned'],
  ['ping', 'payment event ignored'],
])('%s is taken as well', async (kind, message) => {
  const body = newEvent(kind);

  expect((await post(body, signature(body))).statusCode).toBe(204);
  expect(said()).toEqual([message]);
});
