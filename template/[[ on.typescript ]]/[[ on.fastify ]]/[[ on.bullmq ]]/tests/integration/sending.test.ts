import { createServer } from 'node:net';

import Fastify from 'fastify';
import { Type } from 'typebox';
import { expect, onTestFinished, test } from 'vitest';

import { newApplication } from '../../src/platform/application.ts';
import { errors } from '../../src/platform/errors.ts';
import { sendTask } from '../../src/platform/send-task.ts';
import { connectRedis, defineTask, openQueue } from '../../src/platform/tasks.ts';
import { temporaryRedis } from '../redis-server.ts';
import { freePort, recordingLogger, settings } from '../support.ts';

const task = defineTask('sending.test', Type.Object({ number: Type.Integer() }), async () => {});

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

test('a task is in the queue with the ids of the request that sent it', async () => {
  const redis = await temporaryRedis();
  const chosen = settings({ REDIS_URL: redis.url });
  const app = await newApplication(chosen, recordingLogger().logger);
  const connection = connectRedis(chosen);
  onTestFinished(async () => {
    await app.close();
    connection.disconnect();
    await redis.remove();
  });
  app.post('/send', (request) => request.sendTask(task, { number: 7 }));

  const response = await app.inject({
    method: 'POST',
    url: '/send',
    headers: { 'x-request-id': 'request-0001', traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
  });

  expect(response.statusCode).toBe(200);
  const [job] = await openQueue(connection).getWaiting();
  expect(job).toMatchObject({
    name: 'sending.test',
    data: { data: { number: 7 }, request_id: 'request-0001', trace_id: traceId },
  });
});

test('a request gets 503 when the queue is away, and the service stops in time', async () => {
  const url = `redis://:s3cret@127.0.0.1:${await freePort()}/0`;
  const { logger, lines } = recordingLogger();
  const app = await newApplication(settings({ REDIS_URL: url }), logger);
  app.post('/send', (request) => request.sendTask(task, { number: 7 }));

  const started = performance.now();
  const response = await app.inject({ method: 'POST', url: '/send' });
  const ready = await app.inject('/ready');
  await app.close();

  expect(response.statusCode).toBe(503);
  expect(response.headers['retry-after']).toBe('1');
  expect(ready.statusCode).toBe(200);
  expect(performance.now() - started).toBeLessThan(6000);
  expect(JSON.stringify(lines)).not.toContain('s3cret');
});

test('a request gets 503 when the queue does not answer', async () => {
  const port = await freePort();
  const silent = createServer().listen(port, '127.0.0.1');
  const app = Fastify();
  await app.register(errors);
  const chosen = settings({ REDIS_URL: `redis://127.0.0.1:${port}/0` });
  await app.register(sendTask, { settings: chosen, sendSeconds: 0.5 });
  app.post('/send', (request) => request.sendTask(task, { number: 7 }));
  onTestFinished(async () => {
    await app.close();
    silent.close();
  });

  expect((await app.inject({ method: 'POST', url: '/send' })).statusCode).toBe(503);
});
