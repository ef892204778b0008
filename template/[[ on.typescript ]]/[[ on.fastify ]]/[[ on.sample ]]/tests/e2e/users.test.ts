import { afterAll, beforeAll, expect, test } from 'vitest';

import { testEnvironment } from '../environment.ts';
import { type RunningService, startService } from '../support.ts';

let environment: Awaited<ReturnType<typeof testEnvironment>>;
let service: RunningService;

beforeAll(async () => {
  environment = await testEnvironment();
  service = await startService(environment.variables);
});

afterAll(async () => {
  await service.stop();
  await environment.remove();
});

function call(path: string, method = 'GET', body?: unknown): Promise<Response> {
  return fetch(`${service.url}/api/v1/users${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
}

interface UserOut {
  id: string;
  name: string;
  email: string;
}

/** A user whose address nobody else has. */
async function created(name = 'Ada'): Promise<UserOut> {
  const response = await call('', 'POST', { name, email: `${crypto.randomUUID()}@example.com` });
  expect(response.status).toBe(201);
  const user = (await response.json()) as UserOut;
  expect(response.headers.get('location')).toBe(`/api/v1/users/${user.id}`);
  return user;
}

test('TC-009 a created user is read', async () => {
  const ada = await created();

  expect(await (await call(`/${ada.id}`)).json()).toEqual(ada);
});

test('TC-010 an address is taken, in capitals too', async () => {
  const ada = await created();

  const response = await call('', 'POST', { name: 'Another', email: ada.email.toUpperCase() });

  expect(response.status).toBe(409);
});

test.each([
  [{ name: '', email: 'ada' }, ['#/name', '#/email']],
  [{ name: 'a'.repeat(81), email: 'ada@example.com' }, ['#/name']],
  [{ name: 'Ada', email: 'ada@example.com', admin: true }, ['#/admin']],
])('TC-011 bad input is pointed at: %o', async (body, pointers) => {
  const response = await call('', 'POST', body);

  expect(response.status).toBe(422);
  const { errors } = (await response.json()) as { errors: { pointer: string }[] };
  expect(errors.map(({ pointer }) => pointer)).toEqual(pointers);
});

test('TC-012 pages hold every user once', async () => {
  const made = [await created(), await created(), await created(), await created()];
  const [start, ...rest] = made.map(({ id }) => id).sort();

  interface Page {
    items: UserOut[];
    next_cursor: string | null;
  }
  const first = (await (await call(`?limit=2&cursor=${start}`)).json()) as Page;
  const second = (await (await call(`?limit=2&cursor=${first.next_cursor}`)).json()) as Page;

  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(rest);
  expect(second.next_cursor).toBeNull();
});

test('TC-012 a bad cursor is pointed at', async () => {
  const response = await call('?cursor=first');

  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({ errors: [{ parameter: 'cursor' }] });
});

test('TC-013 a user is changed and deleted', async () => {
  const ada = await created();

  const changed = await (await call(`/${ada.id}`, 'PATCH', { name: 'Augusta' })).json();

  expect(changed).toEqual({ ...ada, name: 'Augusta' });
  expect(await (await call(`/${ada.id}`)).json()).toEqual(changed);
  expect((await call(`/${ada.id}`, 'DELETE')).status).toBe(204);
  expect((await call(`/${ada.id}`)).status).toBe(404);
});
