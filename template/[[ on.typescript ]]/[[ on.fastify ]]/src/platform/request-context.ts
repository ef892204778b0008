/** Who asks for what: a request's id, its trace, and its line in the log. */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

import { PROBE_PATHS } from './health.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

const SAFE_REQUEST_ID = /^[A-Za-z0-9._-]{8,128}$/;
// https://www.w3.org/TR/trace-context/#traceparent-header
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})(?<traceId>[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The request's id: the client's if it is safe, else a fresh one. */
export function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && SAFE_REQUEST_ID.test(given) ? given : randomUUID();
}

/** The trace that the request belongs to, if its client says so. */
export function traceId({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const { traceparent } = headers;
  const trace = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : null;
  return trace?.groups?.traceId;
}

/** The logger of a request: each line that it writes names the request and its trace. */
export function requestLogger(
  logger: FastifyBaseLogger,
  bindings: object,
  _options: object,
  request: Pick<IncomingMessage, 'headers'>,
): FastifyBaseLogger {
  return logger.child({ ...bindings, trace_id: traceId(request) });
}

/** The client's address: what trusted proxies say, as far as it is one. */
export function clientAddress(request: FastifyRequest): string {
  return isIP(request.ip) > 0 ? request.ip : (request.socket.remoteAddress ?? '');
}

/** The path of the route that answered, as OpenAPI writes it (/users/{user_id}); undefined if none did. */
function routeTemplate(request: FastifyRequest): string | undefined {
  return request.routeOptions.url?.replace(/:(\w+)/g, '{$1}');
}

/** Gives every response its id and the security headers, and logs it when it has been sent. */
export const requestContext = fp((app, _options, done) => {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS).header('x-request-id', request.id);
  });

  app.addHook('onSend', async (_request, reply) => {
    if (app.readiness.stopping) reply.header('connection', 'close');
  });

  app.addHook('onResponse', async (request, reply) => {
    const line = {
      method: request.method,
      route: routeTemplate(request),
      status: reply.statusCode,
      duration_ms: Math.round(reply.elapsedTime * 1000) / 1000,
      client: clientAddress(request),
    };
    if (PROBE_PATHS.has(request.routeOptions.url ?? '')) request.log.debug(line, 'request');
    else request.log.info(line, 'request');
  });
  done();
});
