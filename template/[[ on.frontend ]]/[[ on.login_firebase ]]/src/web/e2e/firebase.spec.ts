import type { Page } from "@playwright/test";
import { logIn } from "./log-in";
import { ACCOUNTS, endSession, fillIn, ISSUER } from "./provider";
import { expect, expectAccessible, test } from "./test";

const AN_HOUR = 3_600_000;

// TC-023
test("nothing of other sites is loaded, and nobody but Firebase is asked", async ({
  page,
  baseURL,
}) => {
  const others: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(baseURL ?? "")) {
      others.push(`${request.resourceType()} ${new URL(request.url()).origin}`);
    }
  });
  await logIn(page, "admin");
  await page.reload();
  await expect(page.getByRole("heading", { name: "Your account" })).toBeVisible();

  expect(new Set(others)).toEqual(new Set([`fetch ${ISSUER}`]));
  expect(page.frames()).toHaveLength(1);
});

// TC-023
test("the form can be used by keyboard, and filled in by the browser", async ({ page }) => {
  await page.goto("/auth/log-in");
  await expect(page).toHaveTitle(/Log in/);
  await expect(page.getByLabel("E-mail")).toHaveAttribute("autocomplete", "username");
  await expect(page.getByLabel("Password")).toHaveAttribute("autocomplete", "current-password");
  await expectAccessible(page);
  await page.getByLabel("E-mail").fill("admin@example.com");
  await page.getByLabel("Password").fill("good");
  await page.keyboard.press("Enter");

  await expect(page.getByRole("link", { name: "Account: admin" })).toBeVisible();
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("main")).toBeFocused();
});

// TC-026
test("a wrong password and an unknown account are told the same", async ({ page, complaints }) => {
  await page.goto("/auth/log-in");
  for (const [role, password] of [
    ["admin", "wrong"],
    ["unknown", "good"],
    ["", ""],
  ] as const) {
    await fillIn(page, role, password);

    await expect(page.getByRole("alert")).toHaveText(
      "There is no account with this e-mail and password.",
    );
    await expect(page.getByRole("button", { name: "Log in" })).toBeFocused();
  }
  await expectAccessible(page);
  expect(complaints.splice(0)).toHaveLength(3);
  expect(await stored(page)).toEqual([]);
  await fillIn(page, "admin");
  await expect(page.getByRole("link", { name: "Account: admin" })).toBeVisible();
});

// TC-026
test("who tries too often is told to wait", async ({ page, complaints }) => {
  await page.route(`${ACCOUNTS}/accounts:signInWithPassword*`, (route) =>
    route.fulfill({
      status: 400,
      headers: { "access-control-allow-origin": "*" },
      json: { error: { code: 400, message: "TOO_MANY_ATTEMPTS_TRY_LATER : Reset your password." } },
    }),
  );
  await page.goto("/auth/log-in");
  await fillIn(page, "admin");

  await expect(page.getByRole("alert")).toContainText("Wait a few minutes");
  expect(complaints.splice(0).join()).toContain("400");
});

// TC-026
test("that Firebase does not answer is said, and it can be asked again", async ({
  page,
  complaints,
}) => {
  await page.route(`${ISSUER}/**`, (route) => route.abort());
  await page.goto("/auth/log-in");
  await fillIn(page, "admin");

  await expect(page.getByRole("alert")).toContainText("did not answer");
  await expectAccessible(page);
  expect(complaints.splice(0).join()).toContain("ERR_FAILED");
  await page.unroute(`${ISSUER}/**`);
  await fillIn(page, "admin");
  await expect(page.getByRole("link", { name: "Account: admin" })).toBeVisible();
});

test("that the service does not answer is said, and it can be asked again", async ({
  page,
  complaints,
}) => {
  await logIn(page, "admin");
  await page.route("**/config.json", (route) => route.fulfill({ status: 503, body: "" }));
  await page.reload();

  await expect(page.getByRole("heading", { name: "You could not be logged in" })).toBeVisible();
  await expectAccessible(page);
  expect(complaints.splice(0).join()).toContain("503");
  await page.unroute("**/config.json");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { name: "Your account" })).toBeVisible();
});

// TC-024
test("tokens are in the tab's storage alone, until somebody logs out", async ({
  page,
  context,
}) => {
  await logIn(page, "admin");

  expect(await stored(page)).toEqual(["firebase:authUser:demo-key:[DEFAULT]", "logged-in"]);
  const elsewhere = () => JSON.stringify([{ ...localStorage }, document.cookie]);
  expect(await page.evaluate(elsewhere)).toBe('[{},""]');
  // The days on which the library was used, which it counts for its makers.
  const databases = () => indexedDB.databases().then((all) => all.map(({ name }) => name));
  expect(await page.evaluate(databases)).toEqual(["firebase-heartbeat-database"]);
  const tab = await context.newPage();
  await tab.goto("/");
  await expect(tab.getByRole("link", { name: "Log in" })).toBeVisible();

  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("link", { name: "Log in" })).toBeVisible();
  expect(await stored(page)).toEqual([]);
});

// TC-024
test("who was disabled is not logged in after a reload", async ({ page, complaints }) => {
  await logIn(page, "admin");
  await endSession(page);
  await page.goto("/");

  await expect(page.getByRole("link", { name: "Log in" })).toBeVisible();
  expect(complaints.splice(0).join()).toContain("400");
  expect(await stored(page)).toEqual([]);
});

test("who logs in after another sees nothing of theirs", async ({ page, complaints }) => {
  await page.clock.install();
  await logIn(page, "admin");
  await endSession(page);
  await page.clock.fastForward(AN_HOUR);
  await page.getByRole("link", { name: "Home" }).click();
  await page.getByRole("link", { name: /Account/ }).click();
  await page.getByRole("button", { name: "Log in again" }).click();
  await page.route("**/api/v1/me", (route) => route.fulfill({ status: 404, body: "" }));
  await fillIn(page, "nobody");

  await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
  await expect(page.getByRole("heading", { level: 2 })).toBeHidden();
  expect(complaints.splice(0).join()).toContain("404");
});

/** The names of what is stored in the tab. */
async function stored(page: Page): Promise<string[]> {
  return page.evaluate(() => Object.keys(sessionStorage).sort());
}
