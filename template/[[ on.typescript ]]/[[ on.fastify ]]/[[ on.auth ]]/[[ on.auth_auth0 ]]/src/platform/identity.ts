/** How access tokens of Auth0 are checked and read. */

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
      algorithms: ['RS256', 'PS256'],
      issuer: settings.AUTH_ISSUER,
      audience: settings.AUTH_AUDIENCE,
      requiredClaims: ['exp'],
    },
    claims: Type.Object({ sub: Text }),
  };
}

/** The tenant's JWK set. */
export async function fetchKeys(settings: Settings, signal: AbortSignal) {
  return fetchJson(await discoveredKeysUrl(settings.AUTH_ISSUER, signal), signal);
}

/**
 * What Auth0 grants.
 *
 * Permissions, where "Add Permissions in the Access Token" is on for the API; and roles, where an
 * Action of the tenant puts them into the claim that AUTH_ROLES_CLAIM names.
 */
export function grants(claims: JWTPayload, settings: Settings): Grants {
  return {
    roles: namesAt(claims, settings.AUTH_ROLES_CLAIM),
    permissions: namesAt(claims, 'permissions'),
  };
}
