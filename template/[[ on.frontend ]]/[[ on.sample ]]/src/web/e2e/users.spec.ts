import type { Locator, Page } from "@playwright/test";
import { expect, expectAccessible, test } from "./test";

const USERS = "/api/v1/users";

/** A user of their own for a test, and their row on the page. */
async function addUser(page: Page, name: string): Promise<Locator> {
  const data = { name, email: `${crypto.randomUUID()}@example.com` };
  const response = await page.request.post(USERS, { data });
  expect(response.status()).toBe(201);
  return page.getByRole("listitem").filter({ hasText: data.email });
}

/** Shows all users, page after page. */
async function showAll(page: Page): Promise<void> {
  await page.goto("/users");
  await expect(page.getByRole("list", { name: "Users" })).toBeVisible();
  const more = page.getByRole("button", { name: "Show more users" });
  while (await more.isVisible()) {
    const before = await page.getByRole("list", { name: "Users" }).getByRole("listitem").count();
    await more.click();
    await expect
      .poll(() => page.getByRole("list", { name: "Users" }).getByRole("listitem").count())
      .toBeGreaterThan(before);
  }
}

// TC-009
test("a user is added", async ({ page }) => {
  const email = `${crypto.randomUUID()}@example.com`;
  await page.goto("/");
  await page.getByRole("link", { name: "Users" }).first().click();
  await page.getByRole("button", { name: "Add user" }).click();
  await expectAccessible(page);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Ada Lovelace");
  await dialog.getByLabel("E-mail").fill(email);
  await dialog.getByRole("button", { name: "Add user" }).click();

  await expect(page.getByText("Ada Lovelace was added.")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Users", exact: true })).toBeFocused();
  await showAll(page);
  await expect(page.getByText(email)).toBeVisible();
  await expectAccessible(page);
});

// TC-011
test("what is refused is said at its field", async ({ page, complaints }) => {
  await page.goto("/users");
  await page.getByRole("button", { name: "Add user" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("E-mail").fill("ada");
  await dialog.getByLabel("E-mail").press("Enter");

  await expect(dialog.getByLabel("Name")).toHaveAccessibleDescription(/1 to 80 characters/);
  await expect(dialog.getByLabel("Name")).toBeFocused();
  await expect(dialog.getByLabel("E-mail")).toHaveAccessibleDescription(/ada@example\.com/);
  await expectAccessible(page);
  expect(complaints.splice(0).join()).toContain("422");
});

// TC-010
test("an address that is taken is said at its field", async ({ page, complaints }) => {
  const data = { name: "Grace Hopper", email: `${crypto.randomUUID()}@example.com` };
  await page.request.post(USERS, { data });
  await page.goto("/users");
  await page.getByRole("button", { name: "Add user" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(data.name);
  await dialog.getByLabel("E-mail").fill(data.email);
  await dialog.getByLabel("E-mail").press("Enter");

  await expect(dialog.getByLabel("E-mail")).toHaveAccessibleDescription(/./);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("button", { name: "Add user" })).toBeFocused();
  expect(complaints.splice(0).join()).toContain("409");
});

// TC-013
test("a user is renamed", async ({ page }) => {
  const row = await addUser(page, "Ada Byron");
  await showAll(page);
  await row.getByRole("button", { name: "Rename Ada Byron" }).click();
  const dialog = page.getByRole("dialog", { name: "Rename Ada Byron" });
  await dialog.getByLabel("Name").fill("Ada King");
  await dialog.getByRole("button", { name: "Rename" }).click();

  await expect(page.getByText("Ada Byron is now Ada King.")).toBeVisible();
  await expect(row.getByRole("heading", { name: "Ada King" })).toBeVisible();
});

// TC-013
test("a user is deleted after a question", async ({ page }) => {
  const row = await addUser(page, "Nobody Special");
  await showAll(page);
  await row.getByRole("button", { name: "Delete Nobody Special" }).click();
  await expectAccessible(page);
  const dialog = page.getByRole("dialog", { name: "Delete Nobody Special?" });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(row).toBeVisible();
  await row.getByRole("button", { name: "Delete Nobody Special" }).click();
  await dialog.getByRole("button", { name: "Delete user" }).click();

  await expect(page.getByText("Nobody Special was deleted.")).toBeVisible();
  await expect(row).toBeHidden();
});

// TC-012
test("a page of users follows on request", async ({ page }) => {
  const row = await addUser(page, "User 0");
  await Promise.all(Array.from({ length: 20 }, (_, n) => addUser(page, `User ${n + 1}`)));
  await showAll(page);

  await expect(row).toHaveCount(1);
});

test("an empty list says how it fills", async ({ page }) => {
  await page.route(`**${USERS}*`, (route) =>
    route.fulfill({ json: { items: [], next_cursor: null } }),
  );
  await page.goto("/users");

  await expect(page.getByRole("heading", { name: "No users yet" })).toBeVisible();
  await expectAccessible(page);
});

test("a list that fails can be asked for again", async ({ page, complaints }) => {
  let fails = true;
  await page.route(`**${USERS}*`, (route) =>
    fails ? route.fulfill({ status: 400, body: "" }) : route.continue(),
  );
  await page.goto("/users");
  await expect(page.getByRole("alert")).toContainText("cannot answer");
  await expectAccessible(page);
  fails = false;
  await page.getByRole("button", { name: "Try again" }).click();

  await expect(page.getByRole("alert")).toBeHidden();
  expect(complaints.splice(0).join()).toContain("400");
});
