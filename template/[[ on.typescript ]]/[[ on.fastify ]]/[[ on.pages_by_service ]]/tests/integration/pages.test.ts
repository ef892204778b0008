import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { newApplication } from '../../src/platform/application.ts';
import { pages } from '../../src/platform/pages.ts';
import type { App } from '../../src/platform/types.ts';
import { recordingLogger, settings } from '../support.ts';

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const ASSET = `start(${'"again", '.repeat(200)})`;

let folder: string;
let app: App;

/** A service that serves the front end in `folder`. */
async function start(): Promise<void> {
  app = await newApplication(settings(), recordingLogger().logger);
  app.post('/api/v1/things', async () => ({}));
  await app.register(pages, { folder });
}

/** Ask as a browser does that opens a page. */
function open(url: string) {
  return app.inject({ url, headers: BROWSER });
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pages-'));
  await mkdir(path.join(folder, 'assets'));
  await writeFile(path.join(folder, 'index.html'), '<title>First page</title>');
  await writeFile(path.join(folder, 'assets', 'index-1.js'), ASSET);
  await start();
});

afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

test.each(['/', '/a/page/of/the/router'])('a browser gets the first page at %s', async (url) => {
  const response = await open(url);

  expect(response.statusCode).toBe(200);
  expect(response.body).toContain('First page');
  expect(response.headers['content-type']).toMatch(/^text\/html/);
  expect(response.headers['cache-control']).toBe('no-cache');
  expect(response.headers['content-security-policy']).toContain("script-src 'self'");
  expect(response.headers['content-security-policy']).not.toContain('unsafe');
});

test('an asset is kept for long', async () => {
  const response = await app.inject('/assets/index-1.js');

  expect(response.body).toBe(ASSET);
  expect(response.headers['content-type']).toMatch(/javascript/);
  expect(response.headers['cache-control']).toContain('immutable');
});

test('what is large is compressed for those who can read it', async () => {
  const headers = { 'accept-encoding': 'gzip' };
  const response = await app.inject({ url: '/assets/index-1.js', headers });

  expect(response.headers['content-encoding']).toBe('gzip');
  expect(response.rawPayload.length).toBeLessThan(ASSET.length);
});

test('what a browser has is not sent again', async () => {
  const { etag } = (await open('/')).headers;

  const headers = { ...BROWSER, 'if-none-match': etag };
  const response = await app.inject({ url: '/', headers });

  expect(response.statusCode).toBe(304);
});

test.each(['/', '/api/v1/nowhere', '/assets/index-0.js', '/assets', '/..%2fpackage.json'])(
  'what is no page is not found: %s',
  async (url) => {
    const response = await app.inject({ url, headers: { accept: '*/*' } });

    expect(response.statusCode).toBe(404);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.headers['cache-control']).toBe('no-store');
  },
);

test('a path of the API is no page for a browser either', async () => {
  expect((await open('/api/v1/nowhere')).statusCode).toBe(404);
  expect((await open('/api/v1/things')).statusCode).toBe(405);
});

test('pages are only read', async () => {
  expect((await app.inject({ url: '/', method: 'HEAD', headers: BROWSER })).statusCode).toBe(200);
  expect((await app.inject({ url: '/', method: 'POST', headers: BROWSER })).statusCode).toBe(404);
});

test('the API keeps its own policy', async () => {
  const { headers } = await open('/health');

  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; frame/);
  expect(headers['cache-control']).toBe('no-store');
});

test('without pages the API is served alone', async () => {
  await app.close();
  await rm(path.join(folder, 'index.html'));
  await start();

  expect((await open('/')).statusCode).toBe(404);
  expect((await app.inject('/health')).statusCode).toBe(200);
});
