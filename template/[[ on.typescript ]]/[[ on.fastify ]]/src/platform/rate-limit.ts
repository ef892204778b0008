/** Rate limit by client address. Its headers: draft-ietf-httpapi-ratelimit-headers. */

import rateLimiter, { normalizeIP } from '@fastify/rate-limit';
import fp from 'fastify-plugin';

import { sendProblem } from './errors.ts';
import { clientAddress } from './request-context.ts';
import { isProbe } from './routes.ts';

const WINDOW_SECONDS = 60;

/** Answers 429 to a client that asks more than `perMinute` times a minute. Each process counts for itself. */
export const rateLimit = fp<{ perMinute: number }>(async (app, { perMinute }) => {
  await app.register(rateLimiter, {
    global: false,
    max: perMinute,
    timeWindow: WINDOW_SECONDS * 1000,
    // Of an IPv6 address its /64 network, which one client has to itself.
    keyGenerator: (request) => normalizeIP(clientAddress(request), 64),
  });
  const hit = app.createRateLimit();
  const policy = `"default";q=${perMinute};w=${WINDOW_SECONDS}`;

  app.addHook('onRequest', async (request, reply) => {
    if (isProbe(request)) return;
    const limit = await hit(request);
    if (limit.isAllowed) return;
    reply.header('ratelimit-policy', policy);
    reply.header('ratelimit', `"default";r=${limit.remaining};t=${limit.ttlInSeconds}`);
    if (!limit.isExceeded) return;
    reply.header('retry-after', limit.ttlInSeconds);
    return sendProblem(reply, 429, 'Too many requests from this address.');
  });
});
