import createClient from "openapi-fetch";
import { type Problem, ProblemError } from "./problem";
import type { paths } from "./schema";

/** The API of docs/api/openapi.json, on the origin that the page came from. */
export const api = createClient<paths>({
  baseUrl: window.location.origin,
  // Looked up at each call, so that tests can take its place.
  fetch: (request) => globalThis.fetch(request),
});

/**
 * What a call brought.
 *
 * @throws ProblemError where the service answered with an error
 * @throws TypeError where it did not answer
 */
export async function dataOf<Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await call;
  if (!response.ok) {
    throw new ProblemError(response.status, isProblem(error) ? error : undefined);
  }
  return data as Data;
}

// What stands between page and service (a proxy, a load balancer) answers in its own words.
function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "status" in error && "detail" in error;
}
