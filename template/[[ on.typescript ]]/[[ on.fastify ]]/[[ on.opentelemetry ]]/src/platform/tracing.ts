/** Traces: a span for each request, and its ids in each line of the log. */

import {
  type Context,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

import { methodOf } from './http-attributes.ts';
import { isProbe, routeTemplate } from './routes.ts';

// For the whole process, whether otlp.ts sends its spans or not.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());

const tracer = trace.getTracer('http');

/** The ids of the current span, for a line of the log. */
export function traceIds(): { trace_id?: string; span_id?: string } {
  const current = trace.getActiveSpan()?.spanContext();
  return current && isSpanContextValid(current)
    ? { trace_id: current.traceId, span_id: current.spanId }
    : {};
}

/** Gives every request but those of the probes a span, in the trace of its caller. */
export const tracing = fp((app, _options, done) => {
  const contexts = new WeakMap<FastifyRequest, Context>();
  const enter = (request: FastifyRequest, next: () => void) =>
    context.with(contexts.get(request) ?? ROOT_CONTEXT, next);

  app.addHook('onRequest', (request, reply, next) => {
    if (isProbe(request)) return next();
    const caller = propagation.extract(ROOT_CONTEXT, request.headers);
    const route = routeTemplate(request);
    const method = methodOf(request);
    const [path, query] = request.url.split('?', 2);
    const span = tracer.startSpan(
      [method === '_OTHER' ? 'HTTP' : method, route].filter(Boolean).join(' '),
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': method,
          'http.route': route,
          'url.path': path,
          // It may hold what is personal or secret.
          'url.query': query && '[masked]',
          'url.scheme': request.protocol,
        },
      },
      caller,
    );
    reply.raw.once('close', () => {
      if (reply.raw.headersSent) {
        span.setAttribute('http.response.status_code', reply.statusCode);
        if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    });
    contexts.set(request, trace.setSpan(caller, span));
    enter(request, next);
  });
  // What waited on its connection may be sent by the end of another request.
  app.addHook('onResponse', (request, _reply, next) => enter(request, next));
  done();
});
