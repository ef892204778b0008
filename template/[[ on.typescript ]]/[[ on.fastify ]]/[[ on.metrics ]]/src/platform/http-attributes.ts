/** A request in OpenTelemetry's words: https://opentelemetry.io/docs/specs/semconv/http/. */

import type { FastifyRequest } from 'fastify';

const METHODS: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
]);

/** The method of a request; what clients may invent is counted as one. */
export function methodOf({ method }: FastifyRequest): string {
  return METHODS.has(method) ? method : '_OTHER';
}
