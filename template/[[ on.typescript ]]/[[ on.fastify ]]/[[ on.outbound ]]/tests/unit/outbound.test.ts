import { setTimeout as sleep } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { FAILURES, Outbound, REST_SECONDS } from '../../src/clients/outbound.ts';
import { ProviderRefusedError, ProviderUnavailableError } from '../../src/domain/providers.ts';
import { rest } from '../provider.ts';
import { recordingLogger, settings } from '../support.ts';

function acme(variables: NodeJS.ProcessEnv = {}) {
  const { logger, lines } = recordingLogger();
  return { outbound: new Outbound('Acme', settings(variables), logger), lines };
}

function fail(outbound: Outbound, status = 500): Promise<void> {
  return outbound.call(async () => {
    throw outbound.failure('failed', status);
  });
}

async function open(outbound: Outbound): Promise<void> {
  for (let failure = 0; failure < FAILURES; failure += 1) {
    await expect(fail(outbound)).rejects.toThrow('Acme: failed, status 500');
  }
}

test('the circuit opens after failures in a row, and closes when a call succeeds', async () => {
  const { outbound, lines } = acme();
  const asked: string[] = [];
  await open(outbound);

  const refused = outbound.call(async () => asked.push('while it was open'));
  await expect(refused).rejects.toThrow('Acme: the circuit is open');
  await expect(refused).rejects.toMatchObject({ retryAfter: REST_SECONDS });
  rest();
  await outbound.call(async () => asked.push('as a trial'));
  await outbound.call(async () => asked.push('as always'));

  expect(asked).toEqual(['as a trial', 'as always']);
  expect(lines).toMatchObject([
    { level: 'warning', message: 'circuit', provider: 'Acme', before: 'closed', now: 'open' },
    { before: 'open', now: 'half-open' },
    { before: 'half-open', now: 'closed' },
  ]);
});

test('the circuit opens again when the trial fails', async () => {
  const { outbound } = acme();
  await open(outbound);
  rest();

  await expect(fail(outbound)).rejects.toThrow('failed');

  expect(outbound.state).toBe('open');
});

test('calls wait for the trial of another, and for no longer than their own time', async () => {
  const { outbound } = acme({ REQUEST_TIMEOUT_SECONDS: '0.3' });
  await open(outbound);
  rest();

  const trial = outbound.call(() => sleep(100, 'trial'));
  const other = outbound.call(() => sleep(150, 'too late'));

  expect(await trial).toBe('trial');
  await expect(other).rejects.toThrow('Acme: out of time');
});

test('a refusal does not open the circuit, and ends a row of failures', async () => {
  const { outbound } = acme();

  for (let time = 0; time < 2; time += 1) {
    for (let failure = 1; failure < FAILURES; failure += 1) {
      await expect(fail(outbound)).rejects.toThrow(ProviderUnavailableError);
    }
    await expect(fail(outbound, 400)).rejects.toThrow(ProviderRefusedError);
  }

  expect(outbound.state).toBe('closed');
});

test('a call ends before the request that waits for it, and is told to stop', async () => {
  const { outbound } = acme({ REQUEST_TIMEOUT_SECONDS: '0.15' });
  const signals: AbortSignal[] = [];

  expect(outbound.milliseconds).toBe(100);
  for (let failure = 0; failure < FAILURES; failure += 1) {
    const silence = outbound.call((signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    await expect(silence).rejects.toThrow('Acme: out of time');
  }

  expect(signals.map(({ aborted }) => aborted)).toEqual(Array(FAILURES).fill(true));
  expect(outbound.state).toBe('open');
});

test.each([
  ['7', 7],
  ['0', 0],
  ['', undefined],
  ['soon', undefined],
  ['-1', undefined],
  ['²', undefined],
])('Retry-After "%s" is %s', (value, retryAfter) => {
  const { outbound } = acme();

  expect(outbound.failure('limited', 429, value)).toMatchObject({ retryAfter });
});
