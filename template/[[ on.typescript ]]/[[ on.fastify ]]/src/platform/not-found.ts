/** What no route answers: 405 where the path has other methods, 404 where it has none. */

import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import fp from 'fastify-plugin';
import findMyWay from 'find-my-way';

import { sendProblem } from './errors.ts';

/** Must be registered before the routes and after the limits. Fastify itself answers 404 to a wrong method. */
export const notFound = fp((app, _options, done) => {
  // Fastify's own router, with the paths alone: the methods of each are what it is asked for.
  const paths = findMyWay();
  const methods = new Map<string, Set<HTTPMethods>>();

  app.addHook('onRoute', ({ url, method }) => {
    if (url.endsWith('*')) return; // What takes any path, as CORS does for preflights, knows none.
    let known = methods.get(url);
    if (!known) {
      known = new Set();
      methods.set(url, known);
      paths.on('GET', url, () => undefined, known);
    }
    for (const each of [method].flat()) known.add(each as HTTPMethods);
  });

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const path = request.url.split('?', 1)[0] ?? '';
    const known = paths.find('GET', path)?.store as Set<HTTPMethods> | undefined;
    if (!known) return sendProblem(reply, 404, 'There is nothing at this path.');
    reply.header('allow', [...known].sort().join(', '));
    return sendProblem(reply, 405, 'The path does not have this method.');
  }

  app.setNotFoundHandler(answer);
  // Before a body is read that nobody wants.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return answer(request, reply);
  });
  done();
});
