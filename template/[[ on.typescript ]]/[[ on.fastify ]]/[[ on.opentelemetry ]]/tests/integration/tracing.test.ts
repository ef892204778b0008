/** Traces as they leave the process: what they join, what is in them, and what a stop does. */

import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { about } from '../../src/platform/about.ts';
import { newApplication } from '../../src/platform/application.ts';
import { testEnvironment } from '../environment.ts';
import { listeningPeer, type Peer } from '../peers.ts';
import { recordingLogger, settings, startService } from '../support.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';
const SAMPLED = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` };
const NOT_SAMPLED = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-00` };

interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: Attribute[];
}

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}

let environment: Awaited<ReturnType<typeof testEnvironment>>;

beforeAll(async () => {
  environment = await testEnvironment();
});

afterAll(() => environment.remove());

function start(variables: NodeJS.ProcessEnv) {
  return startService({ ...environment.variables, ...variables });
}

function values(attributes: Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

function resources(peer: Peer) {
  return peer.received
    .filter(({ path }) => path === '/v1/traces')
    .flatMap(({ body }) => JSON.parse(body).resourceSpans);
}

function spans(peer: Peer): Span[] {
  return resources(peer)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap((scope) => scope.spans);
}

test('each line of the log is in the trace of its own request, also on a shared connection', async () => {
  const { logger, lines } = recordingLogger();
  const app = await newApplication(settings(), logger);
  app.get('/slow', async (request) => {
    await sleep(50);
    request.log.info('awake');
    return 'x'.repeat(3_000_000);
  });
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const socket = connect(Number(port), '127.0.0.1');
  const head = (path: string, digit: string) =>
    `GET ${path} HTTP/1.1\r\nhost: localhost\r\ntraceparent: 00-${digit.repeat(32)}-${PARENT_ID}-01\r\n`;

  socket.write(`${head('/slow', '1')}\r\n${head('/nowhere', '2')}connection: close\r\n\r\n`);
  await text(socket);
  await app.close();

  expect(
    lines
      .filter(({ message }) => message === 'awake' || message === 'request')
      .map(({ status, trace_id }) => [status, trace_id]),
  ).toEqual([
    [undefined, '1'.repeat(32)],
    [200, '1'.repeat(32)],
    [404, '2'.repeat(32)],
  ]);
});

describe.skipIf(process.platform === 'win32')('a trace', () => {
  test('of the caller is joined by the request, and named in its line of the log', async () => {
    const peer = await listeningPeer();
    const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: peer.url });
    await fetch(`${service.url}/openapi.json?limit=3`, { headers: SAMPLED });
    await fetch(`${service.url}/ready`, { headers: SAMPLED });

    expect(await service.stop()).toBe(0);

    const [request, ...others] = spans(peer);
    expect(others).toEqual([]);
    expect(request).toMatchObject({
      name: 'GET /openapi.json',
      traceId: TRACE_ID,
      parentSpanId: PARENT_ID,
    });
    expect(values(request?.attributes ?? [])).toMatchObject({
      'http.route': '/openapi.json',
      'http.response.status_code': 200,
    });
    expect(JSON.stringify(request)).not.toContain('limit=3');
    expect(values(resources(peer)[0].resource.attributes)).toMatchObject({
      'service.name': about.name,
      'service.version': about.version,
      'deployment.environment.name': 'development',
    });
    const lines = service
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ trace_id }) => trace_id === TRACE_ID)).toMatchObject([
      { message: 'request', span_id: request?.spanId },
    ]);
  });

  test('is recorded as its caller and the ratio decide', async () => {
    const peer = await listeningPeer();
    const service = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: peer.url,
      OTEL_TRACES_SAMPLER_ARG: '0',
    });
    await fetch(`${service.url}/nowhere`);
    await fetch(`${service.url}/nowhere`, { headers: NOT_SAMPLED });
    await fetch(`${service.url}/nowhere`, { headers: SAMPLED });
    await service.stop();

    expect(spans(peer)).toMatchObject([{ name: 'GET', traceId: TRACE_ID }]);
  });

  test('stands in the log, too, when there is no collector', async () => {
    const service = await start({});
    await fetch(`${service.url}/nowhere`);
    await service.stop();

    expect(service.output()).toMatch(/"trace_id":"[0-9a-f]{32}","span_id":"[0-9a-f]{16}"/);
  });

  test('hurts nobody while the collector is away', async () => {
    const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    const stopping = performance.now();

    for (let count = 0; count < 10; count += 1) {
      expect((await fetch(`${service.url}/nowhere`, { headers: SAMPLED })).status).toBe(404);
    }
    expect(await service.stop()).toBe(0);
    expect(performance.now() - stopping).toBeLessThan(10_000);
  });
});
