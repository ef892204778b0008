import manifest from "../package.json" with { type: "json" };
import { expect, expectAccessible, test } from "./test";

// TC-020
test("the first page says what this is and whether it works", async ({ page }) => {
  await page.goto("/");

  await expect(page.getByRole("heading", { level: 1 })).toHaveText(manifest.displayName);
  await expect(page.getByText(manifest.description)).toBeVisible();
  await expect(page.getByText("All systems are working")).toBeVisible();
  await expect(page).toHaveTitle(manifest.displayName);
  await expectAccessible(page);
});

// TC-020
test("the first page says that the service is away", async ({ page, complaints }) => {
  await page.route("**/ready", (route) => route.fulfill({ status: 502, body: "Bad gateway" }));
  await page.goto("/");

  await expect(page.getByText("The service is not ready")).toBeVisible();
  // The browser notes each failed request itself.
  expect(complaints.splice(0).join()).toContain("502");
});

// TC-021
test("an unknown address has a page that leads back", async ({ page }) => {
  await page.goto("/nowhere");

  await expect(page.getByRole("heading", { name: "Page not found" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Go to the first page" }).click();
  await expect(page).toHaveURL("/");
});

test("the keyboard reaches the content past the navigation", async ({ page }) => {
  await page.goto("/");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");

  await expect(page.getByRole("main")).toBeFocused();
});

// TC-022
test("pages come with a policy that allows their own files alone", async ({ page }) => {
  const policy = (await page.goto("/"))?.headers()["content-security-policy"];

  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
});
