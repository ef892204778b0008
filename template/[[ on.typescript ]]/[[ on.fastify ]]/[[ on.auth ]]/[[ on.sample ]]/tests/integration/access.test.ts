import { afterAll, beforeAll, expect, test } from 'vitest';

import { testEnvironment } from '../environment.ts';
import { Issuer } from '../issuer.ts';
import { type RunningService, startService } from '../support.ts';

const USERS = '/api/v1/users';
const USER = `${USERS}/01890a5d-ac96-774b-bcce-b302099a8057`;

let environment: Awaited<ReturnType<typeof testEnvironment>>;
let issuer: Issuer;
let service: RunningService;

beforeAll(async () => {
  environment = await testEnvironment();
  issuer = await Issuer.start();
  service = await startService({ ...environment.variables, ...issuer.variables });
});

afterAll(async () => {
  await service.stop();
  await issuer.stop();
  await environment.remove();
});

async function status(method: string, path: string, token?: string): Promise<number> {
  const headers = new Headers(token ? { authorization: `Bearer ${token}` } : {});
  return (await fetch(`${service.url}${path}`, { method, headers })).status;
}

test.each([
  ['GET', USERS, 200],
  ['GET', USER, 404],
  ['POST', USERS, 403],
  ['PATCH', USER, 403],
  ['DELETE', USER, 403],
])('a reader who sends %s to %s gets %i', async (method, path, expected) => {
  expect(await status(method, path, await issuer.token(['reader']))).toBe(expected);
});

test.each(['GET', 'POST'])('a stranger may not %s', async (method) => {
  expect(await status(method, USERS)).toBe(401);
  expect(await status(method, USERS, await issuer.token([]))).toBe(403);
});

test('a token is not logged', async () => {
  const token = await issuer.token(['reader']);
  await status('GET', USERS, token);
  await status('GET', USERS, `${token}x`);

  await expect.poll(service.output).toContain('"token refused"');
  for (const part of token.split('.')) expect(service.output()).not.toContain(part);
});
