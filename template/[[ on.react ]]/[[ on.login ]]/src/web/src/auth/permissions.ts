import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, dataOf } from "../api/client";
import { ProblemError } from "../api/problem";
import { useSession } from "./useSession";

/** Who is logged in, as the service sees them. */
export const me = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => dataOf(api.GET("/api/v1/me", { signal })),
  staleTime: 300_000,
});

/**
 * Whether to offer what needs this permission; not before it is known.
 *
 * It spares people what would be refused. What is permitted, the service decides.
 */
export function useMay(permission: string): boolean {
  const { state } = useSession();
  const { data } = useQuery({ ...me, enabled: state === "in" });
  return data?.permissions.includes(permission) ?? false;
}

/** Whether the service refused somebody whom it knows. */
export function isForbidden(error: unknown): boolean {
  return error instanceof ProblemError && error.status === 403;
}
