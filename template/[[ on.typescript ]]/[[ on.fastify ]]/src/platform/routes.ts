/** Which route a request is for. */

import type { FastifyRequest } from 'fastify';

export const PROBE_PATHS: ReadonlySet<string> = new Set(['/health', '/ready']);

/** Whether it is a probe's, which no limit holds up and nobody counts. */
export function isProbe({ routeOptions }: FastifyRequest): boolean {
  return PROBE_PATHS.has(routeOptions.url ?? '');
}

/** The route's path as OpenAPI writes it (/users/{user_id}); undefined if no route answers. */
export function routeTemplate({ routeOptions }: FastifyRequest): string | undefined {
  return routeOptions.url?.replace(/:(\w+)/g, '{$1}');
}
