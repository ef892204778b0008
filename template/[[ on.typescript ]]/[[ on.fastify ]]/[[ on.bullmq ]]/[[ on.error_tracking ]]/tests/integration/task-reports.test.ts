/** What an error tracker is told of a task that fails in a worker. */

import { expect, onTestFinished, test } from 'vitest';

import { testEnvironment } from '../environment.ts';
import { listeningPeer } from '../peers.ts';
import { temporaryRedis } from '../redis-server.ts';
import { Site } from '../workers.ts';

test.skipIf(process.platform === 'win32')(
  'a failed task is reported with the request that sent it',
  { timeout: 120_000 },
  async () => {
    const environment = await testEnvironment();
    const redis = await temporaryRedis();
    const site = await new Site({ ...environment.variables, REDIS_URL: redis.url }).open();
    onTestFinished(async () => {
      await site.close();
      await redis.remove();
      await environment.remove();
    });
    const peer = await listeningPeer();
    const worker = site.worker({ SENTRY_DSN: `${peer.url.replace('//', '//key@')}/7` });

    await site.send('jobs.wrong', { key: 'reported' }, { request_id: 'request-0001' });
    await site.waitForCount('failed', 1);
    await worker.stop();

    expect(peer.received).toHaveLength(1);
    expect(JSON.parse(peer.received[0]?.body.split('\n')[2] ?? '')).toMatchObject({
      transaction: 'jobs.wrong',
      tags: { request_id: 'request-0001' },
      exception: { values: [{ type: 'RangeError' }] },
    });
  },
);
