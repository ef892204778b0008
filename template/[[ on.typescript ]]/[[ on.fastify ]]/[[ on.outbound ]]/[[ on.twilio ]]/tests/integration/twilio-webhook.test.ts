import { createHmac, randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { sign } from '../../src/clients/twilio.ts';
import { createApp } from '../../src/interface/app.ts';
import { createLogger } from '../../src/platform/logs.ts';
import type { App } from '../../src/platform/types.ts';
import { testEnvironment } from '../environment.ts';
import { settings } from '../support.ts';

const [OLD, NEW] = ['old-token', 'new-token'] as const;
const PATH = '/webhooks/twilio?queue=1';
const URL = `http://localhost:8000${PATH}`;

let environment: Awaited<ReturnType<typeof testEnvironment>>;
let app: App;
let lines: Record<string, unknown>[];
let broken: boolean;

async function start(variables: NodeJS.ProcessEnv = {}): Promise<void> {
  lines = [];
  broken = false;
  const logger = createLogger('debug', {
    write(text) {
      const line = JSON.parse(text);
      if (broken && line.message === 'message not delivered') throw new Error('no space left');
      lines.push(line);
    },
  });
  const secrets = { TWILIO_WEBHOOK_SECRETS: `${NEW},${OLD}` };
  app = await createApp(settings({ ...environment.variables, ...secrets, ...variables }), logger);
}

beforeEach(async () => {
  environment = await testEnvironment();
  await start();
});

afterEach(async () => {
  await app.close();
  await environment.remove();
});

type Fields = Record<string, string>;

function newFields(status = 'delivered'): Fields {
  return { MessageSid: `SM${randomUUID()}`, MessageStatus: status, ErrorCode: '' };
}

/** What X-Twilio-Signature holds: https://www.twilio.com/docs/usage/webhooks/webhooks-security. */
function signature(fields: Fields, secret: string = NEW, url: string = URL): string {
  const names = Object.keys(fields).sort();
  const text = url + names.map((name) => name + fields[name]).join('');
  return createHmac('sha1', secret).update(text).digest('base64');
}

function post(body: Fields | string | Buffer, signed?: string, headers: Fields = {}) {
  return app.inject({
    method: 'POST',
    url: PATH,
    headers: {
      host: 'localhost:8000',
      'content-type': 'application/x-www-form-urlencoded',
      ...(signed !== undefined && { 'x-twilio-signature': signed }),
      ...headers,
    },
    payload:
      typeof body === 'string' || Buffer.isBuffer(body)
        ? body
        : new URLSearchParams(body).toString(),
  });
}

/** The states that were told of messages. */
function told(): unknown[] {
  return lines
    .filter(({ message }) => /^message (status|not delivered)$/.test(String(message)))
    .map(({ status }) => status);
}

test('a signature is the one that the official library makes', () => {
  const fields = new URLSearchParams({
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675309',
    Digits: '1234',
    From: '+14158675309',
    To: '+18005551212',
  });

  expect(sign('12345', 'https://mycompany.com/myapp.php?foo=1&bar=2', fields)).toBe(
    'RSOYDt4T1cUTdK1PDd93/VVr8B8=',
  );
});

test.each([OLD, NEW])('an event counts while a token is replaced: %s', async (secret) => {
  const fields = newFields();

  const response = await post(fields, signature(fields, secret));

  expect(response.statusCode).toBe(204);
  expect(response.body).toBe('');
  expect(lines).toContainEqual(
    expect.objectContaining({ message: 'message status', message_id: fields.MessageSid }),
  );
});

test('an event counts if its signature leaves the port out', async () => {
  const fields = newFields();
  const portless = signature(fields, NEW, URL.replace(':8000', ''));

  expect((await post(fields, portless)).statusCode).toBe(204);
});

test.each([
  ['none', () => undefined],
  ['no base64', () => 'ü'],
  ['that of another event', () => signature(newFields())],
  ['that of another secret', (fields: Fields) => signature(fields, 'third-token')],
  ['that of another address', (fields: Fields) => signature(fields, NEW, URL.replace('=1', '=2'))],
])('an event without a valid signature is refused: %s', async (_, signing) => {
  const fields = newFields();

  const response = await post(fields, signing(fields));

  expect(response.statusCode).toBe(400);
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(lines.map(({ message }) => message)).toContain('webhook refused');
  expect(told()).toEqual([]);
});

test('a changed body is refused', async () => {
  const fields = newFields('failed');
  const changed = { ...fields, MessageStatus: 'delivered' };

  expect((await post(changed, signature(fields))).statusCode).toBe(400);
});

test.each([
  ['no UTF-8', Buffer.from([0xff])],
  ['too many fields', 'a=1&'.repeat(201)],
])('a body that is no form is refused: %s', async (_, body) => {
  const signed = sign(NEW, URL, new URLSearchParams(body.toString()));

  expect((await post(body, signed)).statusCode).toBe(400);
});

test.each<Fields>([{}, { CallSid: 'CA1' }, { MessageSid: 'SM1' }])(
  'a signed form that is no event of a message is refused: %o',
  async (fields) => {
    expect((await post(fields, signature(fields))).statusCode).toBe(400);
  },
);

test('an event that comes again has no second effect', async () => {
  const fields = newFields('sent');
  const later = { ...fields, MessageStatus: 'delivered' };

  const responses = await Promise.all([
    post(fields, signature(fields, NEW)),
    post(fields, signature(fields, OLD)),
  ]);
  responses.push(await post(fields, signature(fields)));
  responses.push(await post(later, signature(later)));

  expect(responses.map(({ statusCode }) => statusCode)).toEqual(Array(4).fill(204));
  expect(told()).toEqual(['sent', 'delivered']);
});

test('an event counts when it comes again after a failure', async () => {
  const fields = newFields('failed');

  broken = true;
  const failed = await post(fields, signature(fields));
  broken = false;
  const repeated = await post(fields, signature(fields));

  expect([failed.statusCode, repeated.statusCode]).toEqual([500, 204]);
  expect(told()).toEqual(['failed']);
});

test('a message of a person is taken', async () => {
  const fields = { MessageSid: `SM${randomUUID()}`, SmsStatus: 'received', Body: 'Yes, please' };

  expect((await post(fields, signature(fields))).statusCode).toBe(204);
  expect(told()).toEqual(['received']);
});

describe('behind a proxy', () => {
  test.each([
    ['127.0.0.1', 204],
    ['10.0.0.1', 400],
  ])('the scheme is what a trusted one says: %s', async (trusted, status) => {
    await app.close();
    await start({ TRUSTED_PROXIES: trusted, ALLOWED_HOSTS: 'api.example.com' });
    const fields = newFields();
    const signed = signature(fields, NEW, `https://api.example.com${PATH}`);

    const headers = { host: 'api.example.com', 'x-forwarded-proto': 'https' };
    expect((await post(fields, signed, headers)).statusCode).toBe(status);
  });
});
