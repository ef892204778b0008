/** The issuer's public keys (a JWK set, RFC 7517): fetched when needed, kept, renewed, let go. */

import { createPublicKey } from 'node:crypto';

import type { FastifyBaseLogger } from 'fastify';
import type { JWK } from 'jose';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

import { UnavailableError } from './errors.ts';

// A key that the issuer withdraws is trusted for this long,
export const RENEW_MILLISECONDS = 600_000;
// or, when the issuer does not answer, for this long.
export const KEEP_MILLISECONDS = 6 * 3_600_000;
// Least time between two fetches that unknown keys or failures cause.
export const PAUSE_MILLISECONDS = 10_000;
const FETCH_MILLISECONDS = 5000;

// A symmetric key never counts: whoever can read it could sign with it.
const VerifyingKey = Type.Object({
  kty: Type.Enum(['RSA', 'EC']),
  kid: Type.String(),
  use: Type.Optional(Type.Literal('sig')),
});

/** The JSON object at `url`. Throws if something else is there, or nothing. */
export async function fetchJson(
  url: string,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const response = await fetch(url, { signal, redirect: 'error' });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`answered ${response.status}`);
  }
  const document: unknown = await response.json();
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new Error('not a JSON object');
  }
  return document as Record<string, unknown>;
}

/** The keys of a JWK set that verify signatures, by id; the others are left out. Throws if there is none. */
export function usableKeys({ keys }: Record<string, unknown>): Map<string, JWK> {
  const usable = new Map<string, JWK>();
  for (const key of Array.isArray(keys) ? keys : []) {
    if (!Value.Check(VerifyingKey, key)) continue;
    try {
      createPublicKey({ format: 'jwk', key });
    } catch {
      continue; // Whatever is wrong with it, the others may be good.
    }
    usable.set(key.kid, key);
  }
  if (usable.size === 0) throw new Error('no key that verifies signatures');
  return usable;
}

/** Keeps the keys that `fetch` gets; all who wait share one fetch. */
export class KeyStore {
  readonly #fetch: (signal: AbortSignal) => Promise<Record<string, unknown>>;
  readonly #log: FastifyBaseLogger;
  readonly #now: () => number;
  #keys = new Map<string, JWK>();
  #fetched = Number.NEGATIVE_INFINITY;
  #failed = Number.NEGATIVE_INFINITY;
  #looked = Number.NEGATIVE_INFINITY;
  #renewal: Promise<void> | undefined;

  constructor(
    fetch: (signal: AbortSignal) => Promise<Record<string, unknown>>,
    log: FastifyBaseLogger,
    now = () => performance.now(),
  ) {
    this.#fetch = fetch;
    this.#log = log;
    this.#now = now;
  }

  /**
   * The key with that id; undefined if the issuer publishes none.
   * Throws UnavailableError while the issuer does not answer and the key is not known.
   */
  async find(kid: string): Promise<JWK | undefined> {
    await this.#ensure();
    if (!this.#keys.has(kid)) await this.#lookAgain();
    return this.#keys.get(kid);
  }

  /** Have keys that are not too old. */
  async #ensure(): Promise<void> {
    const age = this.#now() - this.#fetched;
    if (age < RENEW_MILLISECONDS) return;
    if (age < KEEP_MILLISECONDS) {
      // In the background: who asks now is answered with the keys that are known.
      if (!this.#resting(this.#failed)) void this.#renew();
      return;
    }
    this.#keys.clear();
    if (!this.#resting(this.#failed)) await this.#renew();
    this.#throwIfFailing();
  }

  /** Fetch the keys because one was not found, but not too often. */
  async #lookAgain(): Promise<void> {
    if (this.#renewal || !this.#resting(Math.max(this.#looked, this.#failed))) {
      this.#looked = this.#now();
      await this.#renew();
    }
    this.#throwIfFailing();
  }

  #resting(since: number): boolean {
    return this.#now() - since < PAUSE_MILLISECONDS;
  }

  #throwIfFailing(): void {
    if (this.#failed > this.#fetched) {
      throw new UnavailableError("the issuer's keys cannot be fetched");
    }
  }

  #renew(): Promise<void> {
    this.#renewal ??= this.#fetchKeys().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #fetchKeys(): Promise<void> {
    try {
      this.#keys = usableKeys(await this.#fetch(AbortSignal.timeout(FETCH_MILLISECONDS)));
    } catch (error) {
      this.#failed = this.#now();
      const reason = (error instanceof Error && error.cause) || error;
      this.#log.warn({ error: String(reason) }, 'issuer keys not fetched');
      return;
    }
    this.#fetched = this.#now();
    this.#log.info({ keys: [...this.#keys.keys()].sort() }, 'issuer keys fetched');
  }
}
