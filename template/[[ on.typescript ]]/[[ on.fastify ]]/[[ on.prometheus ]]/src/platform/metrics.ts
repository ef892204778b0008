/**
 * Metrics for Prometheus, by OpenTelemetry's names, on a port of their own.
 *
 * Names and boundaries: https://opentelemetry.io/docs/specs/semconv/http/http-metrics/.
 */

import { once } from 'node:events';
import { createServer } from 'node:http';

import fp from 'fastify-plugin';
import { collectDefaultMetrics, Gauge, Histogram, register } from 'prom-client';

import { about } from './about.ts';
import { methodOf } from './http-attributes.ts';
import { isProbe, routeTemplate } from './routes.ts';
import type { Settings } from './settings.ts';

const duration = new Histogram({
  name: 'http_server_request_duration_seconds',
  help: 'Duration of requests, until the last byte of the response.',
  labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
});
const active = new Gauge({ name: 'http_server_active_requests', help: 'Requests in flight.' });
const target = new Gauge({
  name: 'target_info',
  help: 'Which service, in which version, and where.',
  labelNames: ['service_name', 'service_version', 'deployment_environment_name'],
});

/** Measures every request but those of the probes. */
export const metrics = fp((app, _options, done) => {
  app.addHook('onRequest', async (request, reply) => {
    if (isProbe(request)) return;
    active.inc();
    reply.raw.once('close', () => {
      active.dec();
      duration.observe(
        {
          http_request_method: methodOf(request),
          http_route: routeTemplate(request) ?? '',
          // None where the client went away before it had an answer.
          http_response_status_code: reply.raw.headersSent ? reply.statusCode : '',
        },
        reply.elapsedTime / 1000,
      );
    });
  });
  done();
});

/** Answer Prometheus on METRICS_PORT. Returns how to stop. */
export async function serveMetrics(settings: Settings): Promise<() => Promise<void>> {
  collectDefaultMetrics();
  target.set(
    {
      service_name: about.name,
      service_version: about.version,
      deployment_environment_name: settings.ENVIRONMENT,
    },
    1,
  );
  const server = createServer(async (request, response) => {
    if (request.url !== '/metrics') response.statusCode = 404;
    response.setHeader('content-type', register.contentType);
    response.end(request.url === '/metrics' ? await register.metrics() : '');
  });
  server.listen(settings.METRICS_PORT, settings.HOST);
  try {
    await once(server, 'listening');
  } catch (error) {
    const message = `metrics can't be served on port ${settings.METRICS_PORT}`;
    throw new Error(message, { cause: error });
  }
  return async () => {
    server.close();
    server.closeAllConnections();
  };
}
