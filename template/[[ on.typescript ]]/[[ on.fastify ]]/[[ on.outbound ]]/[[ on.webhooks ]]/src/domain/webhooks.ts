/** Events that others send us: whether they are genuine, and whether they are new. */

import { DomainError } from './errors.ts';

/** An event that is not to be believed; the message is for the log. */
export class InvalidEventError extends DomainError {}

/** Which events were received before. */
export interface ReceivedEvents {
  /** Remember an event; false if it was there. */
  add(source: string, eventId: string): Promise<boolean>;
}

/**
 * Does the work that follows from an event. The event is forgotten again when that throws, so that
 * it can be sent once more.
 */
export type Receive = (work: (received: ReceivedEvents) => Promise<void>) => Promise<void>;
