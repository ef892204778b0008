/** What all calls to third parties have in common: a time limit, and a circuit that opens. */

import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleType,
  TaskCancelledError,
} from 'cockatiel';
import type { BaseLogger } from 'pino';

import {
  type ProviderError,
  ProviderRefusedError,
  ProviderUnavailableError,
} from '../domain/providers.ts';
import type { Settings } from '../platform/settings.ts';

/** Part of a request's time that a call has, so that the answer to its failure still gets out. */
const SHARE = 2 / 3;
/** Failures in a row that open the circuit, and for how long. */
export const FAILURES = 5;
export const REST_SECONDS = 30;
/** How often a call is tried again when that is safe. */
export const RETRIES = 2;

const STATES = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Isolated]: 'isolated',
};

/**
 * The calls to one provider: each has `milliseconds` at most, its retries included.
 *
 * After failures in a row the circuit opens, and the provider is left alone for a while; then one
 * call is a trial, for which others wait. What it refuses is no failure of this kind: it lives.
 */
export class Outbound {
  readonly milliseconds: number;
  readonly #provider: string;
  readonly #failures = new ConsecutiveBreaker(FAILURES);
  readonly #circuit: CircuitBreakerPolicy;

  constructor(provider: string, settings: Settings, log: Pick<BaseLogger, 'warn'>) {
    this.milliseconds = Math.ceil(settings.REQUEST_TIMEOUT_SECONDS * 1000 * SHARE);
    this.#provider = provider;
    this.#circuit = circuitBreaker(handleType(ProviderUnavailableError), {
      breaker: this.#failures,
      halfOpenAfter: REST_SECONDS * 1000,
    });
    let before = this.#circuit.state;
    this.#circuit.onStateChange((now) => {
      log.warn({ provider, before: STATES[before], now: STATES[now] }, 'circuit');
      before = now;
    });
  }

  get state(): string {
    return STATES[this.#circuit.state];
  }

  /**
   * A call, which `work` makes; its signal is aborted when the time is over.
   * Throws ProviderUnavailableError then, and while the circuit is open without asking anybody.
   */
  async call<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(this.milliseconds);
    try {
      return await this.#circuit.execute(() => this.#inTime(work(signal), signal), signal);
    } catch (error) {
      if (error instanceof BrokenCircuitError) {
        throw new ProviderUnavailableError(`${this.#provider}: the circuit is open`, REST_SECONDS);
      }
      // It waited for a trial until there was no time left for itself.
      if (error instanceof TaskCancelledError) throw this.#outOfTime();
      // Whoever refuses is there; the circuit knows it only of calls that succeed.
      if (error instanceof ProviderRefusedError) this.#failures.success();
      throw error;
    }
  }

  /** The outcome of the work, without waiting for it when nobody else does. */
  #inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    const { promise: over, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => reject(this.#outOfTime()), { once: true });
    return Promise.race([work, over]);
  }

  #outOfTime(): ProviderError {
    return new ProviderUnavailableError(`${this.#provider}: out of time`);
  }

  /**
   * The error for an answer with that status; without one there was no answer.
   *
   * `reason` is for the log: a code of the provider, never its text, which may quote us. For the
   * same reason the error has no cause.
   */
  failure(reason: string, status?: number, retryAfter?: string | null): ProviderError {
    const message = `${this.#provider}: ${reason}`;
    if (status === undefined) return new ProviderUnavailableError(message);
    if (status === 429 || status >= 500) {
      return new ProviderUnavailableError(`${message}, status ${status}`, seconds(retryAfter));
    }
    return new ProviderRefusedError(`${message}, status ${status}`);
  }
}

/** What Retry-After asks to wait; undefined without it, or where it is a date. */
export function seconds(retryAfter: string | null | undefined): number | undefined {
  return retryAfter && /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) : undefined;
}
