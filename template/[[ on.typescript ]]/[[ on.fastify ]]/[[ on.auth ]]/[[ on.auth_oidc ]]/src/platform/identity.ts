/** How tokens of an OpenID Connect issuer are checked and read. */

import type { JWTPayload } from 'jose';
import { Type } from 'typebox';

import { type Grants, namesAt, Text, type TokenRules } from './claims.ts';
import { discoveredKeysUrl } from './discovery.ts';
import { fetchJson } from './jwks.ts';
import type { Settings } from './settings.ts';

/** What a token must be. */
export function tokenRules(settings: Settings): TokenRules {
  return {
    options: {
      algorithms: ['RS256', 'PS256', 'ES256'],
      issuer: settings.AUTH_ISSUER,
      audience: settings.AUTH_AUDIENCE,
      requiredClaims: ['exp'],
    },
    claims: Type.Object({ sub: Text }),
  };
}

/** The issuer's JWK set. */
export async function fetchKeys(settings: Settings, signal: AbortSignal) {
  const url = settings.AUTH_JWKS_URL || (await discoveredKeysUrl(settings.AUTH_ISSUER, signal));
  return fetchJson(url, signal);
}

/** What the issuer grants: roles, in the claim that AUTH_ROLES_CLAIM names. */
export function grants(claims: JWTPayload, settings: Settings): Grants {
  return { roles: namesAt(claims, settings.AUTH_ROLES_CLAIM), permissions: new Set() };
}
