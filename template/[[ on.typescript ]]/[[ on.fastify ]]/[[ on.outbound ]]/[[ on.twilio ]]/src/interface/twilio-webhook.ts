/** Twilio's webhook. */

import { Type } from 'typebox';

import { readEvent } from '../clients/twilio.ts';
import { problems } from '../platform/openapi.ts';
import type { App } from '../platform/types.ts';
import { MessageEvents } from '../services/messages.ts';
import { rawBody, type WebhookOptions } from './webhooks.ts';

const Signature = Type.Object({ 'x-twilio-signature': Type.Optional(Type.String()) });

/** The route of Twilio's events. */
export async function twilioWebhook(
  api: App,
  { settings, receive }: WebhookOptions,
): Promise<void> {
  api.post(
    '/twilio',
    {
      schema: {
        operationId: 'twilio_event',
        summary: 'Take an event of Twilio',
        description: 'Its signature is what proves it.',
        tags: ['webhooks'],
        headers: Signature,
        response: { 204: Type.Null(), ...problems(400) },
      },
    },
    async (request, reply) => {
      const url = `${request.protocol}://${request.host}${request.url}`;
      const signature = request.headers['x-twilio-signature'] ?? '';
      // Before anything else: who has none gets no connection of the database.
      const event = readEvent(url, rawBody(request), signature, settings.TWILIO_WEBHOOK_SECRETS);
      await receive((received) => new MessageEvents(received, request.log).handle(event));
      return reply.code(204).send(null);
    },
  );
}
