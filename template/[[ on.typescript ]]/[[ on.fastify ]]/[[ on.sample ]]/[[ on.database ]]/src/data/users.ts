/** Users in the database. */

import type { Kysely, Selectable } from 'kysely';

import { ConflictError } from '../domain/errors.ts';
import type { User, UserChanges, UserRepository } from '../domain/users.ts';
import { isUniqueViolation } from '../platform/engine.ts';
import type { Tables, UsersTable } from './tables.ts';

/** Keeps users in the table `users`. */
export class SqlUserRepository implements UserRepository {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async add(user: User): Promise<void> {
    const row = {
      id: user.id,
      name: user.name,
      email: user.email,
      created_at: user.createdAt.toISOString(),
    };
    await unlessTaken(this.#db.insertInto('users').values(row).execute());
  }

  async get(id: string): Promise<User | undefined> {
    const row = await this.#db
      .selectFrom('users')
      .selectAll()
      .where('id', '=', id.toLowerCase())
      .executeTakeFirst();
    return row && toUser(row);
  }

  async listAfter(cursor: string | undefined, limit: number): Promise<User[]> {
    let query = this.#db.selectFrom('users').selectAll().orderBy('id').limit(limit);
    if (cursor !== undefined) query = query.where('id', '>', cursor.toLowerCase());
    return (await query.execute()).map(toUser);
  }

  async change(id: string, changes: UserChanges): Promise<User | undefined> {
    if (Object.keys(changes).length === 0) return this.get(id);
    const row = await unlessTaken(
      this.#db
        .updateTable('users')
        .set(changes)
        .where('id', '=', id.toLowerCase())
        .returningAll()
        .executeTakeFirst(),
    );
    return row && toUser(row);
  }

  async remove(id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('users')
      .where('id', '=', id.toLowerCase())
      .executeTakeFirstOrThrow();
    return numDeletedRows > 0n;
  }
}

async function unlessTaken<T>(change: Promise<T>): Promise<T> {
  try {
    return await change;
  } catch (error) {
    if (isUniqueViolation(error)) throw new ConflictError('The e-mail address is taken.');
    throw error;
  }
}

function toUser(row: Selectable<UsersTable>): User {
  return { id: row.id, name: row.name, email: row.email, createdAt: new Date(row.created_at) };
}
