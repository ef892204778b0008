/** Users kept in memory, for tests of what needs a repository. */

import { ConflictError } from '../../src/domain/errors.ts';
import type { User, UserChanges, UserRepository } from '../../src/domain/users.ts';

export class MemoryUserRepository implements UserRepository {
  readonly #users = new Map<string, User>();

  async add(user: User): Promise<void> {
    this.#checkAddress(user);
    this.#users.set(user.id, user);
  }

  async get(id: string): Promise<User | undefined> {
    return this.#users.get(id);
  }

  async listAfter(cursor: string | undefined, limit: number): Promise<User[]> {
    return [...this.#users.values()]
      .filter((user) => cursor === undefined || user.id > cursor)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit);
  }

  async change(id: string, changes: UserChanges): Promise<User | undefined> {
    const user = this.#users.get(id);
    if (user === undefined) return undefined;
    const changed = { ...user, ...changes };
    this.#checkAddress(changed);
    this.#users.set(id, changed);
    return changed;
  }

  async remove(id: string): Promise<boolean> {
    return this.#users.delete(id);
  }

  #checkAddress({ id, email }: User): void {
    for (const other of this.#users.values()) {
      if (other.email === email && other.id !== id) {
        throw new ConflictError('The e-mail address is taken.');
      }
    }
  }
}
