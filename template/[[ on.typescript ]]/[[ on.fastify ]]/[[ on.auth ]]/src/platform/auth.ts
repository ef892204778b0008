/** Who calls, and what they may do: bearer tokens of the issuer, permissions by role. */

import type { FastifyBaseLogger, FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { Value } from 'typebox/value';

import type { TokenRules } from './claims.ts';
import { sendProblem, UnavailableError } from './errors.ts';
import { fetchKeys, grants, tokenRules } from './identity.ts';
import { KeyStore } from './jwks.ts';
import { problems } from './openapi.ts';
import type { Settings } from './settings.ts';

// How far the issuer's clock and ours may be apart.
const LEEWAY_SECONDS = 10;

/** The permissions of each role. */
export type Roles = ReadonlyMap<string, readonly string[]>;

/** Who calls: the subject of the token, and what its grants permit. */
export interface Principal {
  readonly subject: string;
  readonly permissions: ReadonlySet<string>;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller needs all of; without it, anybody may call. */
    permissions?: readonly string[];
  }

  interface FastifyRequest {
    /** Who calls, where the route requires permissions. */
    caller?: Principal;
  }
}

/** A token that is not to be believed; the message is for the log. */
export class InvalidTokenError extends Error {
  override name = 'InvalidTokenError';
}

/** Believes the tokens that the issuer signed for this service. */
export class Authenticator {
  readonly #settings: Settings;
  readonly #roles: Roles;
  readonly #known: ReadonlySet<string>;
  readonly #keys: KeyStore;
  readonly #rules: TokenRules;

  constructor(settings: Settings, roles: Roles, keys: KeyStore) {
    this.#settings = settings;
    this.#roles = roles;
    this.#known = new Set([...roles.values()].flat());
    this.#keys = keys;
    this.#rules = tokenRules(settings);
  }

  /**
   * The caller whom the token names.
   * Throws InvalidTokenError, and UnavailableError if there are no keys to check it with.
   */
  async authenticate(token: string): Promise<Principal> {
    const claims = await this.#verified(token);
    const granted = grants(claims, this.#settings);
    const permissions = [
      ...[...granted.permissions].filter((name) => this.#known.has(name)),
      ...[...granted.roles].flatMap((role) => this.#roles.get(role) ?? []),
    ];
    return { subject: claims.sub as string, permissions: new Set(permissions) };
  }

  async #verified(token: string): Promise<JWTPayload> {
    const claims = await this.#decoded(token);
    const [wrong] = Value.Errors(this.#rules.claims, claims);
    if (wrong) throw new InvalidTokenError(`${wrong.instancePath} ${wrong.message}`.trim());
    if ((claims.iat ?? 0) > Date.now() / 1000 + LEEWAY_SECONDS) {
      throw new InvalidTokenError('issued in the future');
    }
    return claims;
  }

  async #decoded(token: string): Promise<JWTPayload> {
    const options = { ...this.#rules.options, clockTolerance: LEEWAY_SECONDS };
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#key(kid), options);
      return payload;
    } catch (error) {
      if (error instanceof UnavailableError || error instanceof InvalidTokenError) throw error;
      // A malformed token trips the library in more ways than its own errors.
      throw new InvalidTokenError(reason(error));
    }
  }

  async #key(kid: unknown) {
    if (typeof kid !== 'string') throw new InvalidTokenError('names no key');
    const key = await this.#keys.find(kid);
    if (!key) throw new InvalidTokenError('signed with a key that the issuer does not publish');
    return key;
  }
}

function reason(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf') {
    return 'not yet valid';
  }
  return error instanceof Error ? error.message : String(error);
}

/** What lets routes require permissions. */
export interface AuthenticationOptions {
  readonly settings: Settings;
  readonly roles: Roles;
  readonly log: FastifyBaseLogger;
}

/** Answers 401 without a valid token and 403 without the permissions, where the config of a route names them. */
export const authentication = fp<AuthenticationOptions>((app, { settings, roles, log }, done) => {
  const known = new Set([...roles.values()].flat());
  const keys = new KeyStore((signal) => fetchKeys(settings, signal), log);
  const authenticator = new Authenticator(settings, roles, keys);
  app.decorateRequest('caller');

  app.addHook('onRoute', (route) => {
    const required = route.config?.permissions;
    if (!required) return;
    const unknown = required.filter((name) => !known.has(name));
    if (unknown.length > 0) {
      throw new Error(`${route.method} ${route.url} requires what no role has: ${unknown}`);
    }
    route.schema = {
      ...route.schema,
      security: [{ token: required }],
      response: { ...problems(401, 403), ...(route.schema?.response as object) },
    };
  });

  app.addHook('onRequest', async (request, reply) => {
    const required = request.routeOptions.config.permissions;
    if (!required) return;
    const token = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!token) return unauthorized(reply, 'The request has no bearer token.', 'Bearer');
    let caller: Principal;
    try {
      caller = await authenticator.authenticate(token);
    } catch (error) {
      if (!(error instanceof InvalidTokenError)) throw error;
      request.log.info({ reason: error.message }, 'token refused');
      return unauthorized(reply, 'The token is not valid.', 'Bearer error="invalid_token"');
    }
    const missing = required.filter((name) => !caller.permissions.has(name)).sort();
    if (missing.length > 0) {
      request.log.info({ permissions: missing }, 'permission missing');
      const challenge = `Bearer error="insufficient_scope", scope="${required.join(' ')}"`;
      reply.header('www-authenticate', challenge);
      return sendProblem(reply, 403, `The caller lacks: ${missing.join(', ')}.`);
    }
    request.caller = caller;
  });
  done();
});

function unauthorized(reply: FastifyReply, detail: string, challenge: string): FastifyReply {
  return sendProblem(reply.header('www-authenticate', challenge), 401, detail);
}
