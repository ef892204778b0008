import type { components } from "./schema";

/** What went wrong, in the service's words (RFC 9457). */
export type Problem = components["schemas"]["Problem"];

/** The service answered with an error. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";

  /** @param problem what the service said; absent where something in between answered */
  constructor(
    readonly status: number,
    readonly problem?: Problem,
  ) {
    super(problem?.detail ?? "The service cannot answer at the moment.");
  }

  /** The names of the body's fields that the service refused. */
  get fields(): string[] {
    const pointers = this.problem?.errors?.map((error) => error.pointer ?? "") ?? [];
    return pointers
      .filter((pointer) => pointer.startsWith("#/"))
      .map((pointer) => pointer.slice(2));
  }
}

/** What to tell a person about a failed call. */
export function explain(error: Error): string {
  if (!(error instanceof ProblemError)) {
    return "The service cannot be reached. Check your connection and try again.";
  }
  if (error.status === 429) {
    return "Too many requests. Wait a minute and try again.";
  }
  return error.message;
}

/** Whether the same call may succeed another time: the service is away, not the request wrong. */
export function isPassing(error: Error): boolean {
  return !(error instanceof ProblemError) || error.status >= 500;
}
