/** What can go wrong with third parties. The interface decides how to say it. */

import { DomainError } from './errors.ts';

/** A third party did not do what it was asked. */
export class ProviderError extends DomainError {}

/** It is down, slow or has enough of us for now. */
export class ProviderUnavailableError extends ProviderError {
  /** When another try makes sense, in seconds, where that is known. */
  readonly retryAfter: number | undefined;

  constructor(message: string, retryAfter?: number) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/** It said no, and will do so again. */
export class ProviderRefusedError extends ProviderError {}
