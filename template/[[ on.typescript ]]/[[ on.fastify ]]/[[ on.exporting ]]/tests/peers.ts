/** Local peers of the service: HTTP servers that keep what they receive. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

import { onTestFinished } from 'vitest';

/** Where it listens, and what was posted to it. */
export interface Peer {
  readonly url: string;
  readonly received: { readonly path: string; readonly body: string }[];
}

/** A server on a free port that answers 200 to every request, until the test has ended. */
export async function listeningPeer(): Promise<Peer> {
  const received: { path: string; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const sent = await buffer(request);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    received.push({ path: request.url ?? '', body: body.toString() });
    response.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}
