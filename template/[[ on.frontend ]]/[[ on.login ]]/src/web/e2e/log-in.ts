import { expect, type Page } from "@playwright/test";

/** Where the issuer of the tests is: for a browser on another site than the pages, as in life. */
export const ISSUER = `http://localhost:${process.env.E2E_ISSUER_PORT ?? "8190"}`;

/** Logs somebody with this role in, at the issuer; ends at their account. */
export async function logIn(page: Page, role: string): Promise<void> {
  await page.goto("/account");
  await fillIn(page, role);
  await expect(page.getByRole("heading", { name: "Your account" })).toBeVisible();
}

/** Answers the issuer's form. */
export async function fillIn(page: Page, role: string): Promise<void> {
  await page.getByLabel("Name").fill(role);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Headers of a call to the API by somebody with this role. */
export async function bearer(role: string): Promise<Record<string, string>> {
  const body = new URLSearchParams({ grant_type: "client_credentials", scope: role });
  const response = await fetch(`${ISSUER}/token`, { method: "POST", body });
  const { access_token } = (await response.json()) as { access_token: string };
  return { authorization: `Bearer ${access_token}` };
}
