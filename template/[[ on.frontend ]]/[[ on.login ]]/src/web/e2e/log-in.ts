import { expect, type Page } from "@playwright/test";
import { fillIn } from "./provider";

/** Logs somebody with this role in; ends at their account, when it says what they may do. */
export async function logIn(page: Page, role: string): Promise<void> {
  await page.goto("/account");
  await fillIn(page, role);
  await expect(page.getByRole("heading", { name: "Your account" })).toBeVisible();
  await expect(page.getByRole("heading", { level: 2 })).toBeVisible();
}
