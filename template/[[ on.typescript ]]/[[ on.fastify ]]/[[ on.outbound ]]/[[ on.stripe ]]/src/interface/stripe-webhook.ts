/** Stripe's webhook. */

import { Type } from 'typebox';

import { readEvent } from '../clients/stripe.ts';
import { problems } from '../platform/openapi.ts';
import type { App } from '../platform/types.ts';
import { PaymentEvents } from '../services/payments.ts';
import { rawBody, type WebhookOptions } from './webhooks.ts';

const Signature = Type.Object({ 'stripe-signature': Type.Optional(Type.String()) });

/** The route of Stripe's events. */
export async function stripeWebhook(
  api: App,
  { settings, receive }: WebhookOptions,
): Promise<void> {
  api.post(
    '/stripe',
    {
      schema: {
        operationId: 'stripe_event',
        summary: 'Take an event of Stripe',
        description: 'Its signature is what proves it.',
        tags: ['webhooks'],
        headers: Signature,
        response: { 204: Type.Null(), ...problems(400) },
      },
    },
    async (request, reply) => {
      const signature = request.headers['stripe-signature'] ?? '';
      // Before anything else: who has none gets no connection of the database.
      const event = readEvent(rawBody(request), signature, settings.STRIPE_WEBHOOK_SECRETS);
      await receive((received) => new PaymentEvents(received, request.log).handle(event));
      return reply.code(204).send(null);
    },
  );
}
