import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";

/** Whether the service works, and what it depends on. */
export type Readiness = { ready: boolean; checks: Record<string, string> };

/** Asks the service how it is, again and again while somebody looks. */
export const readiness = queryOptions({
  queryKey: ["readiness"],
  queryFn: ask,
  refetchInterval: 15_000,
});

// A service that is not ready answers 503 and says what it lacks: an answer, not a failure.
async function ask({ signal }: { signal: AbortSignal }): Promise<Readiness> {
  const { data, error, response } = await api.GET("/ready", { signal });
  if (data) {
    return { ready: true, checks: data.checks };
  }
  const checks = response.status === 503 ? (error as { checks?: Record<string, string> }) : {};
  return { ready: false, checks: checks.checks ?? {} };
}
