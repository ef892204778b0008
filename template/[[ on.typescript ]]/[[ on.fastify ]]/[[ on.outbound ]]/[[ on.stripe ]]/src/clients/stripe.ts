/** Payments by Stripe: https://docs.stripe.com/api. */

import type { BaseLogger } from 'pino';
import Stripe from 'stripe';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

import type { Checkout, PaymentEvent, Payments } from '../domain/payments.ts';
import { InvalidEventError } from '../domain/webhooks.ts';
import type { Settings } from '../platform/settings.ts';
import { Outbound, RETRIES } from './outbound.ts';

const TOLERANCE_SECONDS = 300;

/** Takes payments on Stripe's checkout page. */
export class StripePayments implements Payments {
  readonly #outbound: Outbound;
  readonly #stripe: Stripe;

  constructor(settings: Settings, log: Pick<BaseLogger, 'warn'>) {
    this.#outbound = new Outbound('Stripe', settings, log);
    const { protocol, hostname, port } = new URL(settings.STRIPE_API_BASE);
    this.#stripe = new Stripe(settings.STRIPE_API_KEY, {
      protocol: protocol === 'http:' ? 'http' : 'https',
      host: hostname,
      port: port || (protocol === 'http:' ? 80 : 443),
      httpClient: Stripe.createFetchHttpClient(),
      maxNetworkRetries: RETRIES,
      // Half the time for one attempt, so that a second one has a chance. The library takes no
      // signal: what it tries after that is the same checkout, by its key.
      timeout: Math.ceil(this.#outbound.milliseconds / 2),
      telemetry: false,
    });
  }

  start(checkout: Checkout): Promise<string> {
    return this.#outbound.call(async () => {
      const { url } = await this.#session(checkout);
      if (!url) throw this.#outbound.failure('a session without an address', 200);
      return url;
    });
  }

  async #session(checkout: Checkout): Promise<Stripe.Checkout.Session> {
    const { reference, title, amount, currency, successUrl, cancelUrl } = checkout;
    try {
      return await this.#stripe.checkout.sessions.create(
        {
          mode: 'payment',
          client_reference_id: reference,
          line_items: [
            {
              quantity: 1,
              price_data: { currency, unit_amount: amount, product_data: { name: title } },
            },
          ],
          success_url: successUrl,
          cancel_url: cancelUrl,
        },
        { idempotencyKey: `checkout-${reference}` },
      );
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeError)) throw error;
      const { code, type, statusCode, headers } = error;
      throw this.#outbound.failure(code ?? type, statusCode, headers?.['retry-after']);
    }
  }
}

const Event = Type.Object({
  id: Type.String(),
  type: Type.String(),
  data: Type.Object({
    object: Type.Object({
      client_reference_id: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    }),
  }),
});

/**
 * The event in a webhook's body, whose header Stripe-Signature is `signature`.
 * Throws InvalidEventError unless one of the secrets signed it in the last five minutes.
 */
export function readEvent(
  body: Buffer,
  signature: string,
  secrets: readonly string[],
): PaymentEvent {
  verify(body, signature, secrets);
  let event: unknown;
  try {
    event = JSON.parse(body.toString());
  } catch {
    throw new InvalidEventError('not JSON');
  }
  if (!Value.Check(Event, event)) throw new InvalidEventError('not an event of Stripe');
  const { id, type, data } = event;
  return { eventId: id, kind: type, reference: data.object.client_reference_id ?? undefined };
}

function verify(body: Buffer, signature: string, secrets: readonly string[]): void {
  let reason = 'no secret';
  for (const secret of secrets) {
    try {
      Stripe.webhooks.signature?.verifyHeader(body, signature, secret, TOLERANCE_SECONDS);
      return;
    } catch (error) {
      // Of any type: an odd header trips the library in other ways than its own.
      [reason = ''] = String(error).split('.', 1);
    }
  }
  throw new InvalidEventError(reason);
}
