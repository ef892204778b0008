/** An application with everything that each service has: limits, errors, probes, OpenAPI. */

import cors from '@fastify/cors';
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify';

import { errors, sendProblem } from './errors.ts';
import { health, Readiness } from './health.ts';
import { hosts } from './hosts.ts';
import { jsonBody } from './json-body.ts';
import { notFound } from './not-found.ts';
import { openapi } from './openapi.ts';
import { type ProtocolError, refuse } from './protocol.ts';
import { rateLimit } from './rate-limit.ts';
import { requestContext, requestId, requestLogger } from './request-context.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import type { Settings } from './settings.ts';
import { timeLimit } from './time-limit.ts';
import type { App } from './types.ts';
import { validatorCompiler } from './validation.ts';

// Longer than a load balancer's idle time (60 s, as a rule): the balancer must be the one to close.
const KEEP_ALIVE_MILLISECONDS = 75_000;

/** An application that keeps the promises of the platform; routes are yours to add. */
export async function newApplication(settings: Settings, logger: FastifyBaseLogger): Promise<App> {
  const timeout = Math.ceil(settings.REQUEST_TIMEOUT_SECONDS * 1000);
  const log = logger.child({ logger: 'http' });
  const app: App = Fastify({
    loggerInstance: log,
    // Its own lines have other fields than ours: see request-context.ts.
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: 'request_id',
    }),
    childLoggerFactory: requestLogger,
    genReqId: requestId,
    trustProxy: settings.TRUSTED_PROXIES.length > 0 ? settings.TRUSTED_PROXIES : false,
    bodyLimit: settings.REQUEST_MAX_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    return503OnClosing: false,
    http: {
      headersTimeout: timeout,
      connectionsCheckingInterval: Math.min(timeout, 1000),
      // The host check answers, with a problem.
      requireHostHeader: false,
    },
    clientErrorHandler: (error, socket) => refuse(log, error as unknown as ProtocolError, socket),
    frameworkErrors: (error, request, reply) => {
      reply.headers(SECURITY_HEADERS).header('x-request-id', request.id);
      sendProblem(reply, error.statusCode ?? 400, error.message);
    },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.decorate('readiness', new Readiness());

  // In this order: what comes first answers first.
  await app.register(errors);
  await app.register(requestContext);
  if (settings.CORS_ORIGINS.length > 0) {
    await app.register(cors, {
      origin: [...settings.CORS_ORIGINS],
      methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      allowedHeaders: ['authorization', 'content-type', 'traceparent', 'x-request-id'],
      exposedHeaders: ['location', 'ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id'],
      strictPreflight: false,
    });
  }
  await app.register(hosts, { allowed: settings.ALLOWED_HOSTS });
  await app.register(rateLimit, { perMinute: settings.RATE_LIMIT_PER_MINUTE });
  await app.register(notFound);
  await app.register(timeLimit, { milliseconds: timeout });
  await app.register(jsonBody);
  await app.register(openapi);
  await app.register(health);
  return app;
}
