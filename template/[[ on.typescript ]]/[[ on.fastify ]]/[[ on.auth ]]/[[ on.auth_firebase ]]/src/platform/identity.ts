/** How ID tokens of Firebase Authentication are checked and read. */

import type { JWTPayload } from 'jose';
import { Type } from 'typebox';

import { type Grants, namesAt, Text, type TokenRules } from './claims.ts';
import { fetchJson } from './jwks.ts';
import type { Settings } from './settings.ts';

/** What a token must be. */
export function tokenRules({ FIREBASE_PROJECT_ID: project }: Settings): TokenRules {
  return {
    options: {
      algorithms: ['RS256'],
      issuer: `https://securetoken.google.com/${project}`,
      audience: project,
      requiredClaims: ['exp'],
    },
    claims: Type.Object({ sub: Text, auth_time: Type.Number() }),
  };
}

/** The JWK set of all Firebase projects. */
export async function fetchKeys(settings: Settings, signal: AbortSignal) {
  return fetchJson(settings.AUTH_JWKS_URL, signal);
}

/** What Firebase grants: roles, in the custom claim that AUTH_ROLES_CLAIM names. */
export function grants(claims: JWTPayload, settings: Settings): Grants {
  return { roles: namesAt(claims, settings.AUTH_ROLES_CLAIM), permissions: new Set() };
}
