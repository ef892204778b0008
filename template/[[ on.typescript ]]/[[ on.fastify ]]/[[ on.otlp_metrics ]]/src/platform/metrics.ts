/**
 * Metrics of requests, for whoever otlp.ts sends them to.
 *
 * Names and boundaries: https://opentelemetry.io/docs/specs/semconv/http/http-metrics/.
 */

import { metrics as api } from '@opentelemetry/api';
import fp from 'fastify-plugin';

import { methodOf } from './http-attributes.ts';
import { isProbe, routeTemplate } from './routes.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Measures every request but those of the probes. */
export const metrics = fp((app, _options, done) => {
  const meter = api.getMeter('http');
  const duration = meter.createHistogram('http.server.request.duration', {
    description: 'Duration of requests, until the last byte of the response.',
    unit: 's',
    advice: { explicitBucketBoundaries: SECONDS },
  });
  const active = meter.createUpDownCounter('http.server.active_requests', {
    description: 'Requests in flight.',
    unit: '{request}',
  });

  app.addHook('onRequest', async (request, reply) => {
    if (isProbe(request)) return;
    const began = { 'http.request.method': methodOf(request), 'url.scheme': request.protocol };
    active.add(1, began);
    reply.raw.once('close', () => {
      active.add(-1, began);
      const route = routeTemplate(request);
      duration.record(reply.elapsedTime / 1000, {
        ...began,
        ...(route && { 'http.route': route }),
        // None where the client went away before it had an answer.
        ...(reply.raw.headersSent && { 'http.response.status_code': reply.statusCode }),
      });
    });
  });
  done();
});
