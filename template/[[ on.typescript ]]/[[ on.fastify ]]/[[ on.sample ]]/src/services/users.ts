/** What the service does with users. */

import { NotFoundError } from '../domain/errors.ts';
import {
  checked,
  newUser,
  type User,
  type UserChanges,
  type UserRepository,
} from '../domain/users.ts';

/** Some users, and the cursor to ask for the next ones with, if there are more. */
export interface UserPage {
  readonly items: User[];
  readonly nextCursor: string | null;
}

/** The use cases about users. */
export class UserService {
  readonly #users: UserRepository;

  constructor(users: UserRepository) {
    this.#users = users;
  }

  /** Create a user. Throws InvalidError, and ConflictError if the address is taken. */
  async create(name: string, email: string): Promise<User> {
    const user = newUser({ name, email });
    await this.#users.add(user);
    return user;
  }

  /** Find a user. Throws NotFoundError. */
  async get(id: string): Promise<User> {
    return found(await this.#users.get(id));
  }

  /** One page of users, the oldest first. */
  async list(cursor: string | undefined, limit: number): Promise<UserPage> {
    const users = await this.#users.listAfter(cursor, limit + 1);
    const items = users.slice(0, limit);
    return { items, nextCursor: users.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  /** Change a user's name or address. Throws as create() and get() do. */
  async change(id: string, changes: UserChanges): Promise<User> {
    return found(await this.#users.change(id, checked(changes)));
  }

  /** Remove a user. Throws NotFoundError. */
  async remove(id: string): Promise<void> {
    if (!(await this.#users.remove(id))) throw new NotFoundError('There is no such user.');
  }
}

function found(user: User | undefined): User {
  if (user === undefined) throw new NotFoundError('There is no such user.');
  return user;
}
