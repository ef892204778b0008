import {
  infiniteQueryOptions,
  type UseMutationOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, dataOf } from "../api/client";
import type { paths } from "../api/schema";

const PATH = "/api/v1/users";
const ONE = "/api/v1/users/{user_id}";
const PAGE_SIZE = 20;

// By path: the names of schemas are the service's own affair.
export type User = paths[typeof ONE]["get"]["responses"]["200"]["content"]["application/json"];
export type NewUser = paths[typeof PATH]["post"]["requestBody"]["content"]["application/json"];

/** All users, the oldest first, a page at a time. */
export const users = infiniteQueryOptions({
  queryKey: ["users"],
  queryFn: ({ pageParam: cursor, signal }) => {
    const query = { limit: PAGE_SIZE, ...(cursor && { cursor }) };
    return dataOf(api.GET(PATH, { params: { query }, signal }));
  },
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
  select: ({ pages }) => pages.flatMap((page) => page.items),
});

/** Adds a user. */
export function useCreateUser(then: (created: User) => void) {
  return useChange({
    mutationFn: (user: NewUser) => dataOf(api.POST(PATH, { body: user })),
    onSuccess: then,
  });
}

/** Gives a user another name. */
export function useRenameUser({ id }: User, then: (renamed: User) => void) {
  return useChange({
    mutationFn: (name: string) =>
      dataOf(api.PATCH(ONE, { params: { path: { user_id: id } }, body: { name } })),
    onSuccess: then,
  });
}

/** Deletes a user. */
export function useDeleteUser({ id }: User, then: () => void) {
  return useChange({
    mutationFn: () => dataOf(api.DELETE(ONE, { params: { path: { user_id: id } } })),
    onSuccess: then,
  });
}

// Whatever the outcome, what is shown may no longer be true.
function useChange<Data, Variables>(options: UseMutationOptions<Data, Error, Variables>) {
  const queries = useQueryClient();
  return useMutation({
    ...options,
    onSettled: () => queries.invalidateQueries({ queryKey: users.queryKey }),
  });
}
