import type { Page, Request } from "@playwright/test";

/** Where Clerk's stand-in is: on the pages' own site, as a Frontend API is in production. */
export const ISSUER = `http://127.0.0.1:${process.env.E2E_ISSUER_PORT ?? "8190"}`;

const PAGES = `http://127.0.0.1:${process.env.E2E_PORT ?? "8100"}`;

/** What the service and Clerk's stand-in know of each other. */
export const IDENTITY = { AUTH_ISSUER: ISSUER, AUTH_AUTHORIZED_PARTIES: PAGES };

/** Where people log in. */
export const LOG_IN = new RegExp(`^${ISSUER}/sign-in`);

/** Answers the form of the sign-in page. */
export async function fillIn(page: Page, role: string): Promise<void> {
  await page.getByLabel("Name").fill(role);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Headers of a call to the API by somebody with this role, who logs in as a browser does. */
export async function bearer(role: string): Promise<Record<string, string>> {
  const body = new URLSearchParams({ name: role, redirect_url: PAGES });
  const login = await fetch(`${ISSUER}/sign-in`, { method: "POST", body, redirect: "manual" });
  const response = await fetch(`${ISSUER}/v1/client`, {
    headers: { cookie: login.headers.get("set-cookie") ?? "", origin: PAGES },
  });
  const client = (await response.json()) as {
    response: { sessions: [{ last_active_token: { jwt: string } }] };
  };
  return { authorization: `Bearer ${client.response.sessions[0].last_active_token.jwt}` };
}

/** Logs somebody out at Clerk, behind the pages' back. */
export async function endSession(page: Page): Promise<void> {
  await page.request.post(`${ISSUER}/v1/client/sessions?_method=DELETE`);
}

/** Whether somebody's token is renewed by this. */
export function isRenewal(request: Request): boolean {
  return /\/v1\/client\/sessions\/\w+\/tokens\?/.test(request.url());
}
