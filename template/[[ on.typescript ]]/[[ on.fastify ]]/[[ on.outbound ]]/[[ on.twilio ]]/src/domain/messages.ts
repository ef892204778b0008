/** Text messages to phones. */

import { InvalidError } from './errors.ts';

const TEXT_LENGTH = 1600;

/** A text for a phone. */
export interface TextMessage {
  /** The number of the phone as ITU-T E.164 writes it: +4930123456. */
  readonly to: string;
  readonly text: string;
}

/** A new message. Throws InvalidError. */
export function newTextMessage(values: TextMessage): TextMessage {
  const reasons: Record<string, string> = {};
  if (!/^\+[1-9][0-9]{6,14}$/.test(values.to)) {
    reasons.to = 'must be a phone number such as +4930123456';
  }
  if (values.text === '' || values.text.length > TEXT_LENGTH) {
    reasons.text = `must have 1 to ${TEXT_LENGTH} characters`;
  }
  if (Object.keys(reasons).length > 0) throw new InvalidError(reasons);
  return values;
}

/** What became of a message: its id as send() gave it, and its status now. */
export interface MessageEvent {
  readonly messageId: string;
  readonly status: string;
}

/** Who delivers text messages. */
export interface Messages {
  /** The id of the message, which is now on its way. Throws ProviderError. */
  send(message: TextMessage): Promise<string>;
}
