import { logIn } from "./log-in";
import { fillIn, ISSUER } from "./provider";
import { expect, test } from "./test";

// TC-024
test("tokens are nowhere in the browser's storage", async ({ page }) => {
  await logIn(page, "admin");
  const stored = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
  );

  expect(stored).toBe('[{},{"logged-in":"yes"}]');
  expect(await page.evaluate(() => document.cookie)).toBe("");
});

// TC-026
test("an answer to another log-in logs nobody in", async ({ page }) => {
  await page.route(`${ISSUER}/authorize*`, (route) =>
    route.continue({
      url: route
        .request()
        .url()
        .replace(/nonce=[^&]+/, "nonce=another"),
    }),
  );
  await page.goto("/account");
  await fillIn(page, "admin");

  await expect(page.getByRole("heading", { name: "You could not be logged in" })).toBeVisible();
});

// TC-026
test("a code is worth nothing without its verifier", async ({ page, complaints }) => {
  await page.route(`${ISSUER}/token`, (route) =>
    route.continue({
      postData: (route.request().postData() ?? "").replace(/code_verifier=\w/, "code_verifier=~"),
    }),
  );
  await page.goto("/account");
  await fillIn(page, "admin");

  await expect(page.getByRole("heading", { name: "You could not be logged in" })).toBeVisible();
  expect(complaints.splice(0).join()).toContain("400");
});
