/** What the service does when it hears of a payment. */

import type { BaseLogger } from 'pino';

import type { PaymentEvent } from '../domain/payments.ts';
import type { ReceivedEvents } from '../domain/webhooks.ts';

/** Each event has its effect once, however often it is sent. */
export class PaymentEvents {
  readonly #received: ReceivedEvents;
  readonly #log: Pick<BaseLogger, 'info'>;

  constructor(received: ReceivedEvents, log: Pick<BaseLogger, 'info'>) {
    this.#received = received;
    this.#log = log;
  }

  /** Do what follows from the event; nothing if it was received before. */
  async handle({ eventId, kind, reference }: PaymentEvent): Promise<void> {
    if (!(await this.#received.add('stripe', eventId))) return;
    // Where an order is marked as paid; Stripe's own list of events is long.
    switch (kind) {
      case 'checkout.session.completed':
        this.#log.info({ reference }, 'payment completed');
        break;
      case 'checkout.session.expired':
        this.#log.info({ reference }, 'payment abandoned');
        break;
      default:
        this.#log.info({ kind }, 'payment event ignored');
    }
  }
}
