/** The HTTP server's life: it serves until a signal, and stops in order. */

import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import closeWithGrace from 'close-with-grace';

import type { Settings } from './settings.ts';
import type { App } from './types.ts';

/**
 * Serve until SIGTERM or SIGINT, and exit with 0; with 1 on a second signal or after the grace period.
 *
 * First /ready turns 503 while requests are still accepted, so that load balancers look
 * elsewhere; after the delay the listener closes and the requests in flight are finished.
 */
export async function serve(app: App, settings: Settings): Promise<void> {
  const idle = trackIdle(app);
  closeWithGrace(
    {
      delay: settings.SHUTDOWN_GRACE_SECONDS * 1000,
      logger: undefined,
      onSecondSignal: () => app.log.error({ reason: 'second signal' }, 'hard stop'),
      onTimeout: () => app.log.error({ reason: 'grace period over' }, 'hard stop'),
      onSecondError: (error) => app.log.error(error, 'hard stop'),
    },
    async ({ err }) => {
      if (err) app.log.fatal(err, 'uncaught exception');
      app.readiness.stopping = true;
      app.log.info(
        {
          delay_seconds: settings.SHUTDOWN_DELAY_SECONDS,
          grace_seconds: settings.SHUTDOWN_GRACE_SECONDS,
        },
        'stopping',
      );
      if (!err) await sleep(settings.SHUTDOWN_DELAY_SECONDS * 1000);
      const closed = app.close();
      // Requests that are on the wire already come in first.
      await sleep(100);
      idle.close();
      await closed;
    },
  );
  await app.listen({ host: settings.HOST, port: settings.PORT });
}

/** Connections without a request. Node waits for those that have not sent one yet, or only a part. */
function trackIdle(app: App): { close(): void } {
  const sockets = new Set<Socket>();
  const busy = new Map<Socket, number>();

  app.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  app.server.on('request', ({ socket }, response) => {
    busy.set(socket, (busy.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (busy.get(socket) ?? 1) - 1;
      if (left > 0) busy.set(socket, left);
      else busy.delete(socket);
    });
  });
  return {
    close() {
      for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
    },
  };
}
