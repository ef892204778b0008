/** Payments: how one begins, and what is heard of it later. */

import { InvalidError } from './errors.ts';

/** Something to be paid. */
export interface Checkout {
  /** What this service calls it, an order's id for instance: the same reference is the same checkout. */
  readonly reference: string;
  readonly title: string;
  /** In the currency's smallest unit (cents). */
  readonly amount: number;
  /** Its ISO 4217 code in lower case. */
  readonly currency: string;
  readonly successUrl: string;
  readonly cancelUrl: string;
}

/** A new checkout. Throws InvalidError. */
export function newCheckout(values: Checkout): Checkout {
  const reasons: Record<string, string> = {};
  if (!/^[A-Za-z0-9_-]{1,200}$/.test(values.reference)) {
    reasons.reference = 'must have 1 to 200 letters, digits, hyphens and underscores';
  }
  if (!Number.isSafeInteger(values.amount) || values.amount <= 0) {
    reasons.amount = 'must be a whole number above 0';
  }
  if (!/^[a-z]{3}$/.test(values.currency)) {
    reasons.currency = 'must be an ISO 4217 code in lower case';
  }
  if (Object.keys(reasons).length > 0) throw new InvalidError(reasons);
  return values;
}

/** Something that happened to a payment. */
export interface PaymentEvent {
  readonly eventId: string;
  readonly kind: string;
  /** That of its checkout, if it has one. */
  readonly reference: string | undefined;
}

/** Who takes the money. */
export interface Payments {
  /** The address of the page on which it is paid. Throws ProviderError. */
  start(checkout: Checkout): Promise<string>;
}
