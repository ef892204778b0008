/** Host check: a request for a host that is not ours is refused (DNS rebinding, cache poisoning). */

import type { IncomingMessage } from 'node:http';

import fp from 'fastify-plugin';

import { sendProblem } from './errors.ts';
import { isProbe } from './routes.ts';

/** Answers 400 to a request whose Host header names none of `allowed` (`*` allows all). */
export const hosts = fp<{ allowed: readonly string[] }>((app, { allowed }, done) => {
  const names = new Set(allowed.map((name) => name.toLowerCase()));

  app.addHook('onRequest', async (request, reply) => {
    if (names.has('*') || isProbe(request)) return;
    const { host = '' } = request.headers;
    if (hostHeaders(request.raw) === 1 && names.has(hostName(host))) return;
    return sendProblem(reply, 400, 'The Host header names a host that is not served.');
  });
  done();
});

/** How many there are: Node keeps the first of several. */
function hostHeaders({ rawHeaders }: IncomingMessage): number {
  return rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host')
    .length;
}

/** The name in a Host header, without its port and in lower case; [::1] keeps its brackets. */
export function hostName(header: string): string {
  return header.replace(/:\d+$/, '').toLowerCase();
}
