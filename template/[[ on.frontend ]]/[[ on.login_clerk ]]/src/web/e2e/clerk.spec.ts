import { logIn } from "./log-in";
import { expect, test } from "./test";

// TC-024
test("the browser keeps a token for a minute, and nothing that renews it", async ({ page }) => {
  await logIn(page, "admin");
  const cookies = await page.context().cookies();
  const readable = cookies.filter(({ httpOnly }) => !httpOnly);
  const token = cookies.find(({ name }) => name === "__session")?.value ?? "";
  const { exp, iat } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  const stored = await page.evaluate(() => [{ ...localStorage }, { ...sessionStorage }]);

  expect(cookies.filter(({ httpOnly }) => httpOnly).map(({ name }) => name)).toEqual(["__client"]);
  expect(readable.map(({ name }) => name.replace(/^(__session)_[\w-]{8}$/, "$1")).sort()).toEqual([
    "__session",
    "__session",
    "clerk_active_context",
  ]);
  expect(readable.filter(({ value }) => value === token)).toHaveLength(2);
  expect(exp - iat).toBe(60);
  expect(stored).toEqual([
    { __clerk_environment: expect.not.stringContaining("eyJ") },
    { "logged-in": "yes" },
  ]);
});

// TC-025
test("who logs out leaves no token behind", async ({ page }) => {
  await logIn(page, "admin");
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("link", { name: "Log in" })).toBeVisible();

  expect(await page.evaluate(() => document.cookie)).toBe("");
});
