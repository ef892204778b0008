/** Who calls, for the pages: what to show is theirs to decide by it, what is permitted is not. */

import { Type } from 'typebox';

import type { Principal } from '../platform/auth.ts';
import { problems } from '../platform/openapi.ts';
import type { App } from '../platform/types.ts';

const Me = Type.Object({ subject: Type.String(), permissions: Type.Array(Type.String()) });

/** The route of the caller: a valid token is enough for it. */
export async function me(api: App): Promise<void> {
  api.get(
    '',
    {
      config: { permissions: [] },
      schema: {
        operationId: 'get_me',
        summary: 'Tell the caller who they are and what they may do',
        tags: ['me'],
        response: { 200: Me, ...problems() },
      },
    },
    async (request) => {
      const { subject, permissions } = request.caller as Principal;
      return { subject, permissions: [...permissions].sort() };
    },
  );
}
