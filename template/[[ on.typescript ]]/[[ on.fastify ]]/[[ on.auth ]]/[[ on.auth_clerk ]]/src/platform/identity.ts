/** How session tokens of Clerk, version 2, are checked and read. */

import type { JWTPayload } from 'jose';
import { type Static, Type } from 'typebox';

import { type Grants, namesAt, Text, type TokenRules } from './claims.ts';
import { fetchJson } from './jwks.ts';
import type { Settings } from './settings.ts';

const Permitted = Type.Object({
  fea: Type.Optional(Type.String()),
  o: Type.Optional(
    Type.Object({
      per: Type.Optional(Type.String()),
      fpm: Type.Optional(Type.String({ pattern: '^[0-9,]*$' })),
    }),
  ),
});

/**
 * What a token must be.
 *
 * A session token names no audience, but the origin that asked for it, unless that is private.
 * Tokens of JWT templates, which are for other services, have no session and no version.
 */
export function tokenRules(settings: Settings): TokenRules {
  return {
    options: {
      algorithms: ['RS256'],
      issuer: settings.AUTH_ISSUER,
      requiredClaims: ['exp'],
    },
    claims: Type.Object({
      ...Permitted.properties,
      sub: Text,
      sid: Text,
      v: Type.Literal(2),
      azp: Type.Optional(Type.Enum([...settings.AUTH_AUTHORIZED_PARTIES])),
      // A pending session still lacks something, such as the choice of an organization.
      sts: Type.Optional(Type.Literal('active')),
    }),
  };
}

/** The instance's JWK set. */
export async function fetchKeys(settings: Settings, signal: AbortSignal) {
  return fetchJson(`${settings.AUTH_ISSUER}/.well-known/jwks.json`, signal);
}

/** What Clerk grants: the role and the custom permissions in the active organization. */
export function grants(claims: JWTPayload, settings: Settings): Grants {
  return {
    roles: namesAt(claims, settings.AUTH_ROLES_CLAIM),
    permissions: permissions(claims as Static<typeof Permitted>),
  };
}

/**
 * The permissions of the organization: what Clerk calls org:users:read is users:read.
 *
 * `fea` lists features, `o.per` actions, and `o.fpm` has a number for each feature of the
 * organization: its bits, the lowest first, say which of the actions are permitted.
 */
function permissions({ fea = '', o: { per = '', fpm = '' } = {} }: Static<typeof Permitted>) {
  const features = fea
    .split(',')
    .map((feature) => feature.split(':', 2))
    .filter(([scope]) => scope?.includes('o'))
    .map(([, name]) => name);
  const actions = per.split(',');
  const masks = fpm.split(',').map(BigInt);
  return new Set(
    features.flatMap((feature, index) =>
      actions
        .filter((_, position) => ((masks[index] ?? 0n) >> BigInt(position)) & 1n)
        .map((action) => `${feature}:${action}`),
    ),
  );
}
