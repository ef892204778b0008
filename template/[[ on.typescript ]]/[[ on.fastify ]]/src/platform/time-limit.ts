/** Limit on the time that a request may take, from its head to the answer. */

import type { OutgoingHttpHeaders } from 'node:http';

import fp from 'fastify-plugin';

import { PROBLEM_JSON, requestProblem } from './errors.ts';

/**
 * Answers 504 to a request that is not answered within `milliseconds`. What works on it goes on, and is not heard.
 *
 * Fastify's own `handlerTimeout` forgets a request as soon as its body has been read:
 * https://github.com/fastify/fastify/pull/6725.
 */
export const timeLimit = fp<{ milliseconds: number }>((app, { milliseconds }, done) => {
  app.addHook('onRequest', async (request, reply) => {
    const timer = setTimeout(() => {
      if (reply.sent || reply.raw.headersSent) return;
      request.log.warn('request timed out');
      const body = requestProblem(request, 504, 'The request took too long.');
      reply.hijack();
      reply.raw.writeHead(504, {
        ...(reply.getHeaders() as OutgoingHttpHeaders),
        'content-type': PROBLEM_JSON,
        'content-length': Buffer.byteLength(body),
        // What is still on its way of the body is not read any more.
        connection: 'close',
      });
      reply.raw.end(request.method === 'HEAD' ? undefined : body);
    }, milliseconds);
    reply.raw.once('close', () => clearTimeout(timer));
  });
  done();
});
