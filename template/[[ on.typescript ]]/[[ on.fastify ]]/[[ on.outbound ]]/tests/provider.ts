/** A third party on this machine: an HTTP server that gives prepared answers, one by one. */

import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { onTestFinished, vi } from 'vitest';

import { REST_SECONDS } from '../src/clients/outbound.ts';
import { run } from './support.ts';

/** What it answers; with `hangs` it says nothing until the test is over. */
export interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly hangs?: boolean;
}

/** What it was asked. */
export interface Received {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Where it listens, and what it was asked. */
export interface Provider {
  readonly url: string;
  readonly received: Received[];
}

/** A provider with these answers, the last one again and again; it is gone after the test. */
export async function provider(...answers: Answer[]): Promise<Provider> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const { url: path, headers } = request;
    received.push({ path, headers, body: await text(request) });
    const answer = answers[Math.min(received.length, answers.length) - 1];
    if (answer === undefined || answer.hangs) return;
    const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    response.writeHead(answer.status ?? 200, {
      'content-type': 'application/json',
      ...answer.headers,
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

/** Let the time pass for which a circuit stays open. */
export function rest(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + REST_SECONDS * 1000 });
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

/** All that a program of its own writes while it calls a provider, with variables beside those of .env.example. */
export async function written(program: string, variables: NodeJS.ProcessEnv): Promise<string> {
  const command = ['--input-type=module-typescript', '--eval', program];
  const { stdout, stderr } = await run(command, variables);
  return stdout + stderr;
}
