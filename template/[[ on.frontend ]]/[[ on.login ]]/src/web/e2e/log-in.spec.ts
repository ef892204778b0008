import type { Page } from "@playwright/test";
import { logIn } from "./log-in";
import { endSession, fillIn, isRenewal, LOG_IN } from "./provider";
import { expect, expectAccessible, test } from "./test";

const AN_HOUR = 3_600_000;

function account(page: Page, name: string) {
  return page.getByRole("link", { name: `Account: ${name}` });
}

// TC-023
test("somebody logs in from the first page, and comes back to it", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("link", { name: "Log in" }).click();
  await fillIn(page, "admin");

  await expect(account(page, "admin")).toBeVisible();
  await expect(page).toHaveURL("/");
  await expectAccessible(page);
});

// TC-023
test("a page that needs a log-in leads there, and back", async ({ page }) => {
  await page.goto("/account?from=mail");
  await expect(page).toHaveURL(LOG_IN);
  await fillIn(page, "admin");

  await expect(page).toHaveURL("/account?from=mail");
  await expect(page.getByRole("heading", { name: "Your account" })).toBeVisible();
  await expect(page).toHaveTitle(/Your account/);
  await expectAccessible(page);
});

test("the way back in the browser is not the log-in", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("link", { name: "Log in" }).click();
  await expect(page).toHaveURL(LOG_IN);
  await page.goBack();

  await expect(page).toHaveURL("/");
});

test("somebody whose role permits nothing is told so", async ({ page }) => {
  await logIn(page, "nobody");

  await expect(page.getByRole("heading", { name: "You may do nothing yet" })).toBeVisible();
  await expectAccessible(page);
});

// TC-024
test("a page that is loaded anew knows who was logged in", async ({ page }) => {
  await logIn(page, "admin");
  await page.goto("/");

  await expect(account(page, "admin")).toBeVisible();
  await expect(page).toHaveURL("/");
});

// TC-025
test("who logs out has to log in again", async ({ page }) => {
  await logIn(page, "admin");
  await page.getByRole("button", { name: "Log out" }).click();

  await expect(page).toHaveURL("/");
  await expect(page.getByRole("link", { name: "Log in" })).toBeVisible();
  await page.goto("/account");
  await expect(page.getByRole("button", { name: "Log in" })).toBeVisible();
});

// TC-024
test("a token that is about to expire is renewed when it is needed", async ({ page }) => {
  await page.clock.install();
  await logIn(page, "admin");
  const before = await tokenOf(page, () => page.reload());
  const renewal = page.waitForRequest(isRenewal);
  await page.clock.fastForward(AN_HOUR);
  const after = await tokenOf(page, () => askAgain(page));

  await renewal;
  expect(after).not.toBe(before);
  await expect(page.getByRole("heading", { name: "Your account" })).toBeVisible();
});

// TC-024
test("who cannot be renewed logs in again, and comes back", async ({ page, complaints }) => {
  await page.clock.install();
  await logIn(page, "admin");
  await endSession(page);
  await page.clock.fastForward(AN_HOUR);
  await askAgain(page);

  await expect(page.getByRole("heading", { name: "Your session has ended" })).toBeVisible();
  await expectAccessible(page);
  // The browser notes each failed request itself.
  expect(complaints.splice(0).join()).toMatch(/status of 4\d\d/);
  await page.getByRole("button", { name: "Log in again" }).click();
  await fillIn(page, "admin");
  await expect(page).toHaveURL("/account");
});

test("who is refused by the API logs in again", async ({ page, complaints }) => {
  await page.route("**/api/v1/me", (route) => route.fulfill({ status: 401, body: "" }));
  await page.goto("/account");
  await fillIn(page, "admin");

  await expect(page.getByRole("heading", { name: "Your session has ended" })).toBeVisible();
  expect(complaints.splice(0).join()).toContain("401");
});

/** Lets the page ask the API once more. */
async function askAgain(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Home" }).click();
  await page.getByRole("link", { name: /Account/ }).click();
}

/** The token that the account's page sends to the API while `action` is done. */
async function tokenOf(page: Page, action: () => Promise<unknown>): Promise<string | undefined> {
  const request = page.waitForRequest("**/api/v1/me");
  await action();
  // What is answered after the clock was put forward would not be old.
  await expect(page.getByRole("heading", { level: 2 })).toBeVisible();
  return (await request).headers().authorization;
}
