import type { Page, Request } from "@playwright/test";

/** Where the tests' stand-in for Firebase is: for a browser on another site than the pages, as in life. */
export const ISSUER = `http://localhost:${process.env.E2E_ISSUER_PORT ?? "8190"}`;

/** What the service, the stand-in and the pages know of each other. */
export const IDENTITY = {
  AUTH_JWKS_URL: `${ISSUER}/jwks.json`,
  AUTH_ROLES_CLAIM: "roles",
  FIREBASE_API_KEY: "demo-key",
  FIREBASE_EMULATOR_URL: ISSUER,
  FIREBASE_PROJECT_ID: "demo-project",
};

/** Firebase's interface for accounts, where the library looks for it at an emulator. */
export const ACCOUNTS = `${ISSUER}/identitytoolkit.googleapis.com/v1`;

/** Where people log in. */
export const LOG_IN = "/auth/log-in";

/** Fills in the form, for an account of their own with this role. */
export async function fillIn(page: Page, role: string, password = "good"): Promise<void> {
  await page.getByLabel("E-mail").fill(emailOf(role));
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Headers of a call to the API by somebody with this role. */
export async function bearer(role: string): Promise<Record<string, string>> {
  const response = await fetch(`${ACCOUNTS}/accounts:signInWithPassword?key=demo-key`, {
    method: "POST",
    body: JSON.stringify({ email: emailOf(role), password: "good", returnSecureToken: true }),
  });
  const { idToken } = (await response.json()) as { idToken: string };
  return { authorization: `Bearer ${idToken}` };
}

/** Disables the account of who is logged in, behind the pages' back, as the Admin SDK does. */
export async function endSession(page: Page): Promise<void> {
  const localId = await page.evaluate(() => {
    const key = Object.keys(sessionStorage).find((name) => name.startsWith("firebase:authUser:"));
    return JSON.parse(sessionStorage.getItem(key ?? "") ?? "{}").uid;
  });
  await page.request.post(`${ACCOUNTS}/projects/demo-project/accounts:update`, {
    headers: { authorization: "Bearer owner" },
    data: { localId, disableUser: true },
  });
}

/** Whether somebody's token is renewed by this. */
export function isRenewal(request: Request): boolean {
  return (
    request.url().startsWith(`${ISSUER}/securetoken.googleapis.com/v1/token`) &&
    (request.postData() ?? "").includes("grant_type=refresh_token")
  );
}

// Nobody is in the way of another test.
function emailOf(role: string): string {
  return `${role}+${crypto.randomUUID()}@example.com`;
}
