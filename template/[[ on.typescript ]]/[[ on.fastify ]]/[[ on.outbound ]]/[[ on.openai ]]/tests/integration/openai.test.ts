import { expect, test } from 'vitest';

import { OpenAISummarizer } from '../../src/clients/openai.ts';
import { FAILURES } from '../../src/clients/outbound.ts';
import { ProviderRefusedError, ProviderUnavailableError } from '../../src/domain/providers.ts';
import { type Answer, type Provider, provider, rest, written } from '../provider.ts';
import { recordingLogger, settings } from '../support.ts';

const TEXT = 'Two red chairs.';
const SUMMARY = { title: 'Chairs', points: ['There are two.', 'They are red.'] };

/** A response of the API with that text. */
function response(text: string): Answer {
  const part = { type: 'output_text', text, annotations: [] };
  const message = { id: 'msg_1', type: 'message', role: 'assistant', content: [part] };
  return { body: { id: 'resp_1', object: 'response', status: 'completed', output: [message] } };
}

const DONE = response(JSON.stringify(SUMMARY));
const FAILED: Answer = {
  status: 500,
  body: { error: { message: 'The server had an error', code: null } },
};
const DOWN: Answer = {
  ...FAILED,
  status: 503,
  // Without the first one the library would try it again.
  headers: { 'x-should-retry': 'false', 'retry-after': '7' },
};
const LIMITED: Answer = {
  status: 429,
  body: { error: { code: 'rate_limit_exceeded' } },
  headers: { 'retry-after': '1' },
};
const REFUSED: Answer = {
  status: 400,
  body: { error: { code: 'invalid_prompt', message: "Ada's secret" } },
};

function summarizerOf({ url }: Provider, seconds = '30'): OpenAISummarizer {
  const variables = { OPENAI_API_BASE: url, REQUEST_TIMEOUT_SECONDS: seconds };
  return new OpenAISummarizer(settings(variables), recordingLogger().logger);
}

test('a text is summed up', async () => {
  const peer = await provider(DONE);

  expect(await summarizerOf(peer).summarize(TEXT)).toEqual(SUMMARY);

  const [asked] = peer.received;
  expect(asked?.path).toBe('/responses');
  expect(JSON.parse(asked?.body ?? '')).toMatchObject({
    model: settings().OPENAI_MODEL,
    input: TEXT,
    store: false,
    text: {
      format: {
        strict: true,
        schema: { type: 'object', required: ['title', 'points'], additionalProperties: false },
      },
    },
  });
});

test('failures and limits are tried again', async () => {
  const peer = await provider(FAILED, LIMITED, DONE);

  expect(await summarizerOf(peer).summarize(TEXT)).toEqual(SUMMARY);

  expect(peer.received).toHaveLength(3);
});

test('an outage is told with the time to wait', async () => {
  const peer = await provider(DOWN);

  const failure = summarizerOf(peer).summarize(TEXT);

  await expect(failure).rejects.toThrow(ProviderUnavailableError);
  await expect(failure).rejects.toMatchObject({ retryAfter: 7 });
});

test('a refusal is told by its code, and not repeated', async () => {
  const peer = await provider(REFUSED);

  await expect(summarizerOf(peer).summarize(TEXT)).rejects.toThrow(
    new ProviderRefusedError('OpenAI: invalid_prompt, status 400'),
  );

  expect(peer.received).toHaveLength(1);
});

test.each([
  ['another structure', response('{"title": "Chairs"}')],
  ['a text', response(TEXT)],
  ['half of it', response('{"title": "Cha')],
  ['nothing', response('')],
  ['no response', { body: [] }],
  ['no JSON', { body: '<html>' }],
])('an answer of %s is a refusal', async (_, answer) => {
  const peer = await provider(answer);

  await expect(summarizerOf(peer).summarize(TEXT)).rejects.toThrow(ProviderRefusedError);
});

test('silence ends in time', async () => {
  const peer = await provider({ hangs: true });

  await expect(summarizerOf(peer, '0.6').summarize(TEXT)).rejects.toThrow('OpenAI: out of time');
});

test('the circuit opens and closes again', async () => {
  const peer = await provider(...Array<Answer>(FAILURES).fill(DOWN), DONE);
  const summarizer = summarizerOf(peer);

  for (let failure = 0; failure < FAILURES; failure += 1) {
    await expect(summarizer.summarize(TEXT)).rejects.toThrow('503');
  }
  await expect(summarizer.summarize(TEXT)).rejects.toThrow('the circuit is open');
  expect(peer.received).toHaveLength(FAILURES);
  rest();

  expect(await summarizer.summarize(TEXT)).toEqual(SUMMARY);
});

test('key and text are never written', async () => {
  const key = ['sk', 'never-to-be-seen'].join('-');
  const peer = await provider(REFUSED, FAILED, DONE);

  const output = await written(
    `
    import { OpenAISummarizer } from './src/clients/openai.ts';
    import { createLogger } from './src/platform/logs.ts';
    import { loadSettings } from './src/platform/settings.ts';

    const log = createLogger('debug');
    const summarizer = new OpenAISummarizer(loadSettings(process.env), log);
    for (let call = 0; call < 2; call += 1) {
      console.log(await summarizer.summarize('Ada likes chairs.').catch((error) => log.error(error)));
    }
    `,
    { OPENAI_API_KEY: key, OPENAI_API_BASE: peer.url, OPENAI_LOG: 'debug' },
  );

  expect(output).toContain('They are red.');
  expect(output).toContain('invalid_prompt');
  expect(peer.received[0]?.headers.authorization).toContain(key);
  expect(output).not.toContain(key);
  expect(output).not.toContain('Ada');
});
