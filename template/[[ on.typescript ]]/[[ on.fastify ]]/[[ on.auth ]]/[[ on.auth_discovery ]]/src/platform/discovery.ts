/** Where an issuer publishes its keys: OpenID Connect Discovery 1.0. */

import { fetchJson } from './jwks.ts';

/**
 * The address of the issuer's keys, as its own document says.
 * Throws if there is no document, or it is not one to trust.
 */
export async function discoveredKeysUrl(issuer: string, signal: AbortSignal): Promise<string> {
  const base = issuer.replace(/\/+$/, '');
  const document = await fetchJson(`${base}/.well-known/openid-configuration`, signal);
  if (document.issuer !== issuer) {
    throw new Error('the discovery document is of another issuer');
  }
  const url = new URL(String(document.jwks_uri));
  if (url.protocol !== 'https:' && url.protocol !== new URL(issuer).protocol) {
    throw new Error('the discovery document sends to an address that is not https');
  }
  return url.href;
}
