import { logIn } from "./log-in";
import { endSession, fillIn, ISSUER, LOG_IN } from "./provider";
import { expect, expectAccessible, test } from "./test";

test("who was logged out elsewhere is not logged in after a reload", async ({ page }) => {
  await logIn(page, "admin");
  await endSession(page);
  await page.goto("/");

  await expect(page.getByRole("link", { name: "Log in" })).toBeVisible();
});

// TC-026
test("an answer that nobody asked for logs nobody in", async ({ page }) => {
  await page.goto("/auth/callback?code=stolen&state=made-up");

  await expect(page.getByRole("heading", { name: "You could not be logged in" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Try again" }).click();
  await fillIn(page, "admin");
  await expect(page.getByRole("link", { name: "Account: admin" })).toBeVisible();
});

test("an issuer that is away is said, and can be asked again", async ({ page, complaints }) => {
  await page.route(`${ISSUER}/**`, (route) => route.abort());
  await page.goto("/account");

  // The provider's library may ask some times more before it gives up.
  const failed = page.getByRole("heading", { name: "You could not be logged in" });
  await expect(failed).toBeVisible({ timeout: 20_000 });
  await expectAccessible(page);
  expect(complaints.splice(0).join()).toContain("ERR_FAILED");
  await page.unroute(`${ISSUER}/**`);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page).toHaveURL(LOG_IN);
});
