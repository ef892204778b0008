/** What a token claims, and what that grants. */

import type { JWTPayload, JWTVerifyOptions } from 'jose';
import { type TObject, Type } from 'typebox';

/** What a token must be. */
export interface TokenRules {
  /** What jose checks. */
  readonly options: JWTVerifyOptions;

  /** What the claims must be besides. */
  readonly claims: TObject;
}

/** A claim that says something. */
export const Text = Type.String({ minLength: 1 });

/** What the issuer says of the caller: names of roles, and permissions given without one. */
export interface Grants {
  readonly roles: ReadonlySet<string>;
  readonly permissions: ReadonlySet<string>;
}

/**
 * The names in a claim, be it one or a list of them.
 *
 * `path` is a claim's whole name (https://example.com/roles) or leads into objects
 * (realm_access.roles); what is not there, or is no name, grants nothing.
 */
export function namesAt(claims: JWTPayload, path: string): Set<string> {
  const found = Object.hasOwn(claims, path) ? claims[path] : path.split('.').reduce(member, claims);
  return new Set([found].flat().filter((name) => typeof name === 'string'));
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
