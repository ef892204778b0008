/** What the service does when it hears of a message. */

import type { BaseLogger } from 'pino';

import type { MessageEvent } from '../domain/messages.ts';
import type { ReceivedEvents } from '../domain/webhooks.ts';

/** Each event has its effect once, however often it is sent. */
export class MessageEvents {
  readonly #received: ReceivedEvents;
  readonly #log: Pick<BaseLogger, 'info' | 'warn'>;

  constructor(received: ReceivedEvents, log: Pick<BaseLogger, 'info' | 'warn'>) {
    this.#received = received;
    this.#log = log;
  }

  /** Do what follows from the event; nothing if it was received before. */
  async handle({ messageId, status }: MessageEvent): Promise<void> {
    // A message has several events, but each status only once.
    if (!(await this.#received.add('twilio', `${messageId}:${status}`))) return;
    // Where somebody is told by other means, or an answer (status received) is read.
    const line = { message_id: messageId, status };
    if (status === 'failed' || status === 'undelivered') {
      this.#log.warn(line, 'message not delivered');
    } else {
      this.#log.info(line, 'message status');
    }
  }
}
