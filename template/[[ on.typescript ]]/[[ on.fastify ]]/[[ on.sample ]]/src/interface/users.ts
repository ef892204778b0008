/** Users over HTTP. */

import { type Static, Type } from 'typebox';

import { EMAIL_LENGTH, EMAIL_PATTERN, NAME_PATTERN, type User } from '../domain/users.ts';
import { problems } from '../platform/openapi.ts';
import type { App } from '../platform/types.ts';
import type { UserService } from '../services/users.ts';

const Name = Type.String({ maxLength: 256, pattern: NAME_PATTERN, examples: ['Ada Lovelace'] });
const Email = Type.String({
  maxLength: EMAIL_LENGTH,
  pattern: EMAIL_PATTERN,
  examples: ['ada@example.com'],
});
const Id = Type.String({ format: 'uuid' });

const NewUser = Type.Object({ name: Name, email: Email }, { additionalProperties: false });
const UserChanges = Type.Partial(NewUser, { additionalProperties: false });
const UserOut = Type.Object(
  {
    id: Id,
    name: Type.String(),
    email: Type.String(),
    created_at: Type.String({ format: 'date-time' }),
  },
  { $id: 'User' },
);
const UserList = Type.Object(
  { items: Type.Array(UserOut), next_cursor: Type.Union([Id, Type.Null()]) },
  { $id: 'UserList' },
);

const ByLimit = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
  cursor: Type.Optional(Id),
});
const ById = Type.Object({ user_id: Id });

const tags = ['users'];

function out(user: User): Static<typeof UserOut> {
  const { id, name, email, createdAt } = user;
  return { id, name, email, created_at: createdAt.toISOString() };
}

/** The routes of users. */
export async function users(api: App, { users }: { users: UserService }): Promise<void> {
  api.post(
    '',
    {
      schema: {
        operationId: 'create_user',
        summary: 'Create a user',
        tags,
        body: NewUser,
        response: { 201: UserOut, ...problems(409) },
      },
    },
    async (request, reply) => {
      const user = await users.create(request.body.name, request.body.email);
      return reply.code(201).header('location', `${api.prefix}/${user.id}`).send(out(user));
    },
  );

  api.get(
    '',
    {
      schema: {
        operationId: 'list_users',
        summary: 'List users, the oldest first',
        description: '`cursor` is the `next_cursor` of the page before.',
        tags,
        querystring: ByLimit,
        response: { 200: UserList, ...problems() },
      },
    },
    async ({ query: { cursor, limit = 20 } }) => {
      const page = await users.list(cursor, limit);
      return { items: page.items.map(out), next_cursor: page.nextCursor };
    },
  );

  api.get(
    '/:user_id',
    {
      schema: {
        operationId: 'get_user',
        summary: 'Get a user',
        tags,
        params: ById,
        response: { 200: UserOut, ...problems(404) },
      },
    },
    async ({ params }) => out(await users.get(params.user_id)),
  );

  api.patch(
    '/:user_id',
    {
      schema: {
        operationId: 'change_user',
        summary: "Change a user's name, address or both",
        tags,
        params: ById,
        body: UserChanges,
        response: { 200: UserOut, ...problems(404, 409) },
      },
    },
    async ({ params, body }) => out(await users.change(params.user_id, body)),
  );

  api.delete(
    '/:user_id',
    {
      schema: {
        operationId: 'delete_user',
        summary: 'Delete a user',
        tags,
        params: ById,
        response: { 204: Type.Null(), ...problems(404) },
      },
    },
    async ({ params }, reply) => {
      await users.remove(params.user_id);
      return reply.code(204).send(null);
    },
  );
}
