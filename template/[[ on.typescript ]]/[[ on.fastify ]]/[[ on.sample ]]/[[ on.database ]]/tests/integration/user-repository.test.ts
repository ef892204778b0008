import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Tables } from '../../src/data/tables.ts';
import { SqlUserRepository } from '../../src/data/users.ts';
import { ConflictError } from '../../src/domain/errors.ts';
import { newUser } from '../../src/domain/users.ts';
import { type Database, openDatabase } from '../../src/platform/database.ts';
import { migratedDatabase, type TemporaryDatabase } from '../database.ts';
import { settings } from '../support.ts';

let temporary: TemporaryDatabase;
let database: Database<Tables>;
let users: SqlUserRepository;

beforeAll(async () => {
  temporary = await migratedDatabase();
  database = openDatabase<Tables>(settings({ DATABASE_URL: temporary.url }));
  users = new SqlUserRepository(database.db);
});

afterAll(async () => {
  await database.close();
  await temporary.remove();
});

async function added(email: string) {
  const user = newUser({ name: 'Ada', email });
  await users.add(user);
  return user;
}

test('a user comes back as it was kept', async () => {
  const ada = await added('ada@example.com');

  expect(await users.get(ada.id)).toEqual(ada);
  expect(await users.get(ada.id.toUpperCase())).toEqual(ada);
});

test('an address is kept once', async () => {
  await added('grace@example.com');
  const other = await added('other@example.com');

  await expect(added('grace@example.com')).rejects.toThrow(ConflictError);
  await expect(users.change(other.id, { email: 'grace@example.com' })).rejects.toThrow(
    ConflictError,
  );
});

test('pages follow the ids', async () => {
  const first = await added('first@example.com');
  const second = await added('second@example.com');
  const [before, after] = [first.id, second.id].sort();

  expect((await users.listAfter(before, 1)).map(({ id }) => id)).toEqual([after]);
});

test('a user is changed and removed, once', async () => {
  const user = await added('gone@example.com');

  expect(await users.change(user.id, { name: 'Augusta' })).toEqual({ ...user, name: 'Augusta' });
  expect(await users.change(user.id, {})).toMatchObject({ name: 'Augusta' });
  expect(await users.remove(user.id)).toBe(true);
  expect(await users.remove(user.id)).toBe(false);
  expect(await users.change(user.id, { name: 'Ada' })).toBeUndefined();
});
