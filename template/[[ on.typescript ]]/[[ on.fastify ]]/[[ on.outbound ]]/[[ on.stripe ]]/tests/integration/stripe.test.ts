import { expect, test } from 'vitest';

import { FAILURES } from '../../src/clients/outbound.ts';
import { StripePayments } from '../../src/clients/stripe.ts';
import { newCheckout } from '../../src/domain/payments.ts';
import { ProviderRefusedError, ProviderUnavailableError } from '../../src/domain/providers.ts';
import { type Answer, type Provider, provider, rest, written } from '../provider.ts';
import { recordingLogger, settings } from '../support.ts';

const CHECKOUT = newCheckout({
  reference: 'order-1',
  title: 'Two chairs',
  amount: 19900,
  currency: 'eur',
  successUrl: 'https://shop.example.com/thanks',
  cancelUrl: 'https://shop.example.com/cart',
});
const PAGE = 'https://checkout.stripe.com/c/pay/cs_test_1';
const SESSION: Answer = { body: { id: 'cs_test_1', object: 'checkout.session', url: PAGE } };
const FAILED: Answer = {
  status: 500,
  body: { error: { type: 'api_error', message: 'An unknown error occurred.' } },
};
const LIMITED: Answer = {
  status: 429,
  body: { error: { type: 'invalid_request_error', code: 'rate_limit' } },
  headers: { 'retry-after': '7' },
};
const DECLINED: Answer = {
  status: 402,
  body: { error: { type: 'card_error', code: 'card_declined', message: "Ada's card" } },
};

function paymentsOf({ url }: Provider, seconds = '30'): StripePayments {
  const variables = { STRIPE_API_BASE: url, REQUEST_TIMEOUT_SECONDS: seconds };
  return new StripePayments(settings(variables), recordingLogger().logger);
}

test('a checkout is started', async () => {
  const peer = await provider(SESSION);

  expect(await paymentsOf(peer).start(CHECKOUT)).toBe(PAGE);

  const [asked] = peer.received;
  expect(asked?.path).toBe('/v1/checkout/sessions');
  expect(asked?.headers['idempotency-key']).toBe('checkout-order-1');
  const fields = new URLSearchParams(asked?.body);
  expect(fields.get('client_reference_id')).toBe('order-1');
  expect(fields.get('line_items[0][price_data][unit_amount]')).toBe('19900');
});

test('failures are tried again with the same idempotency key', async () => {
  const peer = await provider(FAILED, FAILED, SESSION);

  expect(await paymentsOf(peer).start(CHECKOUT)).toBe(PAGE);

  const keys = peer.received.map(({ headers }) => headers['idempotency-key']);
  expect(keys).toEqual(Array(3).fill('checkout-order-1'));
});

test('a rate limit is told with the time to wait', async () => {
  const peer = await provider(LIMITED);

  const failure = paymentsOf(peer).start(CHECKOUT);

  await expect(failure).rejects.toThrow(ProviderUnavailableError);
  await expect(failure).rejects.toMatchObject({ retryAfter: 7 });
});

test('a refusal is told by its code, and not repeated', async () => {
  const peer = await provider(DECLINED);

  await expect(paymentsOf(peer).start(CHECKOUT)).rejects.toThrow(
    new ProviderRefusedError('Stripe: card_declined, status 402'),
  );

  expect(peer.received).toHaveLength(1);
});

test.each([
  ['no JSON', { body: '<html>' }, ProviderUnavailableError],
  [
    'a session without an address',
    { body: { ...(SESSION.body as object), url: null } },
    ProviderRefusedError,
  ],
])('%s is no address', async (_, answer, type) => {
  const peer = await provider(answer);

  await expect(paymentsOf(peer).start(CHECKOUT)).rejects.toThrow(type);
});

test('silence ends in time', async () => {
  const peer = await provider({ hangs: true });

  await expect(paymentsOf(peer, '0.6').start(CHECKOUT)).rejects.toThrow('Stripe: out of time');
});

test('the circuit opens and closes again', async () => {
  const peer = await provider(...Array<Answer>(FAILURES).fill(LIMITED), SESSION);
  const payments = paymentsOf(peer);

  for (let failure = 0; failure < FAILURES; failure += 1) {
    await expect(payments.start(CHECKOUT)).rejects.toThrow('429');
  }
  await expect(payments.start(CHECKOUT)).rejects.toThrow('the circuit is open');
  expect(peer.received).toHaveLength(FAILURES);
  rest();

  expect(await payments.start(CHECKOUT)).toBe(PAGE);
});

test('the key is never written', async () => {
  const key = ['sk', 'live', 'never_to_be_seen'].join('_');
  const peer = await provider(DECLINED, FAILED, FAILED, SESSION);

  const output = await written(
    `
    import { StripePayments } from './src/clients/stripe.ts';
    import { createLogger } from './src/platform/logs.ts';
    import { loadSettings } from './src/platform/settings.ts';

    const log = createLogger('debug');
    const payments = new StripePayments(loadSettings(process.env), log);
    for (let call = 0; call < 2; call += 1) {
      const page = await payments.start(${JSON.stringify(CHECKOUT)}).catch((error) => log.error(error));
      console.log(page);
    }
    `,
    { STRIPE_API_KEY: key, STRIPE_API_BASE: peer.url },
  );

  expect(output).toContain(PAGE);
  expect(output).toContain('card_declined');
  expect(peer.received[0]?.headers.authorization).toContain(key);
  expect(output).not.toContain(key);
  expect(output).not.toContain('Ada');
});
