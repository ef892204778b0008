import { expect, test } from 'vitest';

import { FAILURES } from '../../src/clients/outbound.ts';
import { TwilioMessages } from '../../src/clients/twilio.ts';
import { newTextMessage } from '../../src/domain/messages.ts';
import { ProviderRefusedError, ProviderUnavailableError } from '../../src/domain/providers.ts';
import { type Answer, provider, rest, written } from '../provider.ts';
import { freePort, recordingLogger, settings } from '../support.ts';

const MESSAGE = newTextMessage({ to: '+4930123456', text: 'Your chairs are ready.' });
const QUEUED: Answer = { status: 201, body: { sid: 'SM1', status: 'queued' } };
const FAILED: Answer = { status: 500, body: { code: 20500, message: 'Internal Server Error' } };
const LIMITED: Answer = {
  status: 429,
  body: { code: 20429, message: 'Too Many Requests' },
  headers: { 'retry-after': '1' },
};
const REFUSED: Answer = {
  status: 400,
  body: { code: 21211, message: "The 'To' number +4930123456 is not valid." },
};

function messagesOf({ url }: { url: string }, seconds = '30'): TwilioMessages {
  const variables = { TWILIO_API_BASE: url, REQUEST_TIMEOUT_SECONDS: seconds };
  return new TwilioMessages(settings(variables), recordingLogger().logger);
}

test('a message is sent', async () => {
  const peer = await provider(QUEUED);

  expect(await messagesOf(peer).send(MESSAGE)).toBe('SM1');

  const [asked] = peer.received;
  expect(asked?.path).toBe('/2010-04-01/Accounts/local/Messages.json');
  expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
    To: MESSAGE.to,
    From: settings().TWILIO_SENDER,
    Body: MESSAGE.text,
  });
});

test('what was limited is sent again', async () => {
  const peer = await provider(LIMITED, LIMITED, QUEUED);

  expect(await messagesOf(peer).send(MESSAGE)).toBe('SM1');

  expect(peer.received).toHaveLength(3);
});

test.each([
  // With time enough to send it once more.
  ['a failure', FAILED, '30'],
  ['an answer that breaks off', { ...QUEUED, headers: { 'content-length': '1000' } }, '1'],
])('what may have been sent is not sent again: %s', async (_, answer, seconds) => {
  const peer = await provider(answer, QUEUED);

  await expect(messagesOf(peer, seconds).send(MESSAGE)).rejects.toThrow(ProviderUnavailableError);

  expect(peer.received).toHaveLength(1);
});

test('a limit that lasts is told with the time to wait', async () => {
  const peer = await provider(LIMITED);

  const failure = messagesOf(peer).send(MESSAGE);

  await expect(failure).rejects.toThrow('429');
  await expect(failure).rejects.toMatchObject({ retryAfter: 1 });
  expect(peer.received).toHaveLength(3);
});

test('a refusal is told, and not repeated', async () => {
  const peer = await provider(REFUSED);

  await expect(messagesOf(peer).send(MESSAGE)).rejects.toThrow(
    new ProviderRefusedError('Twilio: not sent, status 400'),
  );

  expect(peer.received).toHaveLength(1);
});

test('nobody there is an outage', async () => {
  const messages = messagesOf({ url: `http://127.0.0.1:${await freePort()}` });

  await expect(messages.send(MESSAGE)).rejects.toThrow(
    new ProviderUnavailableError('Twilio: ECONNREFUSED'),
  );
});

test.each([
  ['another structure', { body: ['unexpected'] }],
  ['no JSON', { body: '<html>' }],
  ['a redirection', { status: 307, headers: { location: 'http://127.0.0.1/' } }],
])('an answer of %s is a refusal', async (_, answer) => {
  const peer = await provider(answer);

  await expect(messagesOf(peer).send(MESSAGE)).rejects.toThrow(ProviderRefusedError);
});

test('silence ends in time', async () => {
  const peer = await provider({ hangs: true });

  await expect(messagesOf(peer, '0.6').send(MESSAGE)).rejects.toThrow('Twilio: out of time');

  expect(peer.received).toHaveLength(1);
});

test('the circuit opens and closes again', async () => {
  const peer = await provider(...Array<Answer>(FAILURES).fill(FAILED), QUEUED);
  const messages = messagesOf(peer);

  for (let failure = 0; failure < FAILURES; failure += 1) {
    await expect(messages.send(MESSAGE)).rejects.toThrow('500');
  }
  await expect(messages.send(MESSAGE)).rejects.toThrow('the circuit is open');
  expect(peer.received).toHaveLength(FAILURES);
  rest();

  expect(await messages.send(MESSAGE)).toBe('SM1');
});

test('token, number and text are never written', async () => {
  const token = ['never', 'to-be-seen'].join('-');
  const credentials = Buffer.from(`local:${token}`).toString('base64');
  const peer = await provider(REFUSED, LIMITED, QUEUED);

  const output = await written(
    `
    import { TwilioMessages } from './src/clients/twilio.ts';
    import { createLogger } from './src/platform/logs.ts';
    import { loadSettings } from './src/platform/settings.ts';

    const log = createLogger('debug');
    const messages = new TwilioMessages(loadSettings(process.env), log);
    for (let call = 0; call < 2; call += 1) {
      console.log(await messages.send(${JSON.stringify(MESSAGE)}).catch((error) => log.error(error)));
    }
    `,
    { TWILIO_AUTH_TOKEN: token, TWILIO_API_BASE: peer.url },
  );

  expect(output).toContain('SM1');
  expect(output).toContain('status 400');
  expect(peer.received.map(({ headers }) => headers.authorization)).toEqual(
    Array(3).fill(`Basic ${credentials}`),
  );
  for (const secret of [token, credentials, MESSAGE.to, MESSAGE.text]) {
    expect(output).not.toContain(secret);
  }
});
