/** Users, and the rules about them. */

import { randomFillSync } from 'node:crypto';

import { InvalidError } from './errors.ts';

/** 1 to 80 characters, none a control character; space around them is cut off. */
export const NAME_PATTERN =
  '^\\s*[^\\s\\x00-\\x1f\\x7f](?:[^\\x00-\\x1f\\x7f]{0,78}[^\\s\\x00-\\x1f\\x7f])?\\s*$';

export const EMAIL_PATTERN =
  "^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+$";
export const EMAIL_LENGTH = 254;

const name = new RegExp(NAME_PATTERN, 'u');
const email = new RegExp(EMAIL_PATTERN, 'u');

/** A person who uses the service. An e-mail address belongs to one user. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly createdAt: Date;
}

/** What of a user can change. */
export type UserChanges = Partial<Pick<User, 'name' | 'email'>>;

/** A new user. Throws InvalidError. */
export function newUser(values: Pick<User, 'name' | 'email'>): User {
  return { ...checked(values), id: newId(), createdAt: new Date() };
}

/** The values as they are kept: trimmed, in lower case. Throws InvalidError. */
export function checked<T extends UserChanges>(values: T): T {
  const reasons: Record<string, string> = {};
  // Half of a surrogate pair is no character, and no encoding can write it.
  if (values.name !== undefined && !(name.test(values.name) && values.name.isWellFormed())) {
    reasons.name = 'must have 1 to 80 characters, none of them a control character';
  }
  if (
    values.email !== undefined &&
    (values.email.length > EMAIL_LENGTH || !email.test(values.email))
  ) {
    reasons.email = 'must be an e-mail address';
  }
  if (Object.keys(reasons).length > 0) throw new InvalidError(reasons);
  return {
    ...values,
    ...(values.name !== undefined && { name: values.name.trim() }),
    ...(values.email !== undefined && { email: values.email.toLowerCase() }),
  };
}

/** A UUID version 7 (RFC 9562), so that ids sort by age, to the millisecond. */
function newId(): string {
  const bytes = randomFillSync(Buffer.alloc(16));
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Where users are kept. */
export interface UserRepository {
  /** Keep a new user. Throws ConflictError if the address is taken. */
  add(user: User): Promise<void>;

  /** The user with that id. */
  get(id: string): Promise<User | undefined>;

  /** Up to `limit` users in the order of their ids, from the first after `cursor`. */
  listAfter(cursor: string | undefined, limit: number): Promise<User[]>;

  /** Keep changes, and return the user; undefined if there is none. Throws ConflictError if the address is taken. */
  change(id: string, changes: UserChanges): Promise<User | undefined>;

  /** Forget the user; false if there was none. */
  remove(id: string): Promise<boolean>;
}
