/** Helpers for tests: settings, applications and real processes of the service. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEnv } from 'node:util';

import { createLogger } from '../src/platform/logs.ts';
import { loadSettings, type Settings } from '../src/platform/settings.ts';

export const ROOT = path.join(import.meta.dirname, '..');

/** The variables of .env.example. */
export const EXAMPLE = parseEnv(readFileSync(path.join(ROOT, '.env.example'), 'utf8'));

/** The settings of .env.example with these values in their place. */
export function settings(variables: NodeJS.ProcessEnv = {}): Settings {
  return loadSettings({ ...EXAMPLE, ...variables });
}

/** A logger, and the lines that it has written. */
export function recordingLogger(level = 'debug') {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger(level, { write: (line) => lines.push(JSON.parse(line)) });
  return { logger, lines };
}

/** Run Node.js to its end, with variables that differ from those of .env.example. */
export async function run(command: string[], variables: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, command, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...EXAMPLE, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code: child.exitCode, stdout, stderr };
}

/** A service that runs as a process of its own. */
export interface RunningService {
  readonly url: string;
  readonly process: ChildProcess;

  /** All that it has written to stdout. */
  output(): string;

  /** Send a signal; its exit code when it has ended. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Start a program, with variables that differ from those of .env.example; the caller stops it. */
export async function startService(
  variables: NodeJS.ProcessEnv,
  program = 'src/main.ts',
): Promise<RunningService> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [program], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...EXAMPLE, PORT: String(port), ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const service = {
    url,
    process: child,
    output: () => output,
    stop: (signal: NodeJS.Signals = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null) break;
    const response = await fetch(`${url}/health`).catch(() => undefined);
    if (response?.ok) return service;
    await sleep(100);
  }
  await service.stop('SIGKILL');
  throw new Error(`the service does not answer: ${output}`);
}

/** A port that nobody listens at. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address !== null && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}
