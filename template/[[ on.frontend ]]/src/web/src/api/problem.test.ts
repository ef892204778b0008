import { describe, expect, test } from "vitest";
import { explain, isPassing, type Problem, ProblemError } from "./problem";

const problem: Problem = {
  type: "about:blank",
  title: "Unprocessable Content",
  status: 422,
  detail: "The request is not valid.",
  instance: "/api/v1/things",
  request_id: "request-0001",
  errors: [
    { pointer: "#/name", detail: "too long" },
    { parameter: "limit", detail: "too large" },
  ],
};

describe("a problem", () => {
  test("names the fields that were refused, not the parameters", () => {
    expect(new ProblemError(422, problem).fields).toEqual(["name"]);
  });

  test("is told in the service's words", () => {
    expect(explain(new ProblemError(422, problem))).toBe("The request is not valid.");
  });

  test("is told in ours when something else than the service answered", () => {
    expect(explain(new ProblemError(502))).toBe("The service cannot answer at the moment.");
  });

  test("is a matter of the connection when nothing answered", () => {
    expect(explain(new TypeError("fetch failed"))).toMatch(/cannot be reached/);
  });

  test("is worth another try only where the request is not what is wrong", () => {
    expect(isPassing(new TypeError("fetch failed"))).toBe(true);
    expect(isPassing(new ProblemError(503))).toBe(true);
    expect(isPassing(new ProblemError(422, problem))).toBe(false);
  });
});
