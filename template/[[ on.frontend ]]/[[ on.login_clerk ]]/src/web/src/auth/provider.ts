import { Clerk } from "@clerk/clerk-js/no-rhc";
import { CALLBACK, type Provider, type User } from "./session";
import { fetchSettings } from "./settings";

// Where people want to be waits here while they are at Clerk's pages.
const RETURN_TO = "return-to";

/** Clerk: people log in at its own pages, and its SDK keeps and renews the session. */
export async function connect(): Promise<Provider> {
  const { frontend_api, publishable_key } = await fetchSettings();
  // The key names the Frontend API, too, but without a protocol: https is taken for granted.
  const clerk = new Clerk(publishable_key, { proxyUrl: frontend_api });
  await clerk.load({ telemetry: false });
  if (isHere(clerk.buildSignInUrl())) {
    throw new Error("Clerk did not say where people log in");
  }

  return {
    async leave(returnTo) {
      sessionStorage.setItem(RETURN_TO, returnTo);
      const redirectUrl = `${window.location.origin}${CALLBACK}`;
      window.location.replace(clerk.buildSignInUrl({ redirectUrl }));
    },

    async arrive() {
      const returnTo = sessionStorage.getItem(RETURN_TO);
      sessionStorage.removeItem(RETURN_TO);
      const user = userOf(clerk);
      if (!returnTo || !user) {
        throw new Error("Nobody left for Clerk, or nobody came back");
      }
      return { user, returnTo };
    },

    restore: async (returnTo) => ({ user: userOf(clerk), returnTo }),

    async accessToken() {
      try {
        return (await clerk.session?.getToken()) ?? undefined;
      } catch (error) {
        // Who was logged out elsewhere has no session any more.
        if (clerk.session) {
          throw error;
        }
        return undefined;
      }
    },

    async forget() {
      clerk.session?.clearCache();
    },

    async logOut() {
      // Where Clerk is away, its own session stays.
      await clerk.signOut(() => undefined).catch(() => undefined);
      window.location.assign("/");
    },
  };
}

// Without an answer of Clerk's, the SDK takes the page itself for the log-in.
function isHere(url: string): boolean {
  return new URL(url).origin === window.location.origin;
}

// A session that still lacks something, such as the choice of an organization, is none.
function userOf({ isSignedIn, user }: Clerk): User | undefined {
  if (!isSignedIn || !user) {
    return undefined;
  }
  const email = user.primaryEmailAddress?.emailAddress;
  return { name: user.fullName ?? user.username ?? email ?? user.id, email };
}
