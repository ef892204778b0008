import { expect, test } from "vitest";

test("TC-001 the process lives", async () => {
  expect((await fetch("/health")).status).toBe(200);
});

test("TC-002 lists the orders of a day", async () => {
  expect(await list("2026-11-02")).toHaveLength(2);
});

// TC-003
test("cancels an order", async () => {
  expect(await cancel(1)).toBe(true);
});
