/** The OpenAPI document, made from the schemas of the routes. */

import { STATUS_CODES } from 'node:http';

import swagger from '@fastify/swagger';
import fp from 'fastify-plugin';

import { about } from './about.ts';

function problemResponse(description: string) {
  const schema = { $ref: 'Problem#' };
  return { description, content: { 'application/problem+json': { schema } } };
}

/** What an operation answers beside success: the problems it has on purpose, and any other. */
export function problems(...statuses: number[]) {
  const own = statuses.map((status) => [status, problemResponse(STATUS_CODES[status] ?? '')]);
  return { ...Object.fromEntries(own), default: problemResponse('Any other problem') };
}

/** Serves the document at /openapi.json; routes that are registered after it are in it. */
export const openapi = fp(async (app) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: about.name, summary: about.description, version: about.version },
    },
    refResolver: { buildLocalReference: (schema) => String(schema.$id) },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
});
