/**
 * A Redis for the tests, empty at their beginning.
 *
 * It is a server of its own where `redis-server` is in PATH, else database 15 of the server of
 * REDIS_URL, else of .env.example's, which `docker compose up --detach --wait redis` starts.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Redis } from 'ioredis';

import { EXAMPLE, freePort } from './support.ts';

/** Whether tests may stop and start a server. */
export const HAS_SERVER = spawnSync('redis-server', ['--version']).status === 0;

const SHARED = new URL(process.env.REDIS_URL || String(EXAMPLE.REDIS_URL));
SHARED.pathname = '/15';

/** A Redis that the tests may fill: its URL, and how to remove it. */
export interface TemporaryRedis {
  readonly url: string;
  remove(): Promise<void>;
}

/** A server of the tests' own, which keeps what it has over a restart. */
export interface RedisServer extends TemporaryRedis {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A running server of the tests' own. */
export async function ownRedis(): Promise<RedisServer> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}/0`;
  const folder = mkdtempSync(path.join(tmpdir(), 'redis-'));
  const options = `--port ${port} --bind 127.0.0.1 --appendonly yes --appendfsync always`;
  let server: ChildProcess;

  const start = async () => {
    server = spawn('redis-server', [...options.split(' '), '--save', ''], {
      cwd: folder,
      stdio: 'ignore',
    });
    const redis = new Redis(url, { maxRetriesPerRequest: 100, retryStrategy: () => 100 });
    redis.on('error', () => undefined);
    await redis.ping();
    redis.disconnect();
  };
  const stop = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill();
    await ended;
  };
  await start();
  return {
    url,
    start,
    stop,
    remove: async () => {
      await stop();
      rmSync(folder, { recursive: true, maxRetries: 5 });
    },
  };
}

/** An empty Redis. */
export async function temporaryRedis(): Promise<TemporaryRedis> {
  if (HAS_SERVER) return ownRedis();
  const flush = async () => {
    const redis = new Redis(SHARED.href, { maxRetriesPerRequest: 1 });
    redis.on('error', () => undefined);
    await redis.flushdb();
    redis.disconnect();
  };
  await flush();
  return { url: SHARED.href, remove: flush };
}
