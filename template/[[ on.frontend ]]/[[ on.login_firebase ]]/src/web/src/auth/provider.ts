import { FirebaseError, initializeApp } from "firebase/app";
import {
  type User as Account,
  browserSessionPersistence,
  connectAuthEmulator,
  initializeAuth,
  signInWithEmailAndPassword,
  signOut,
} from "firebase/auth";
import { LogInError, type Provider, type Refusal, type User } from "./session";
import { fetchSettings } from "./settings";

// One answer to all of them: it would tell strangers who has an account.
const NO_ACCOUNT = [
  "auth/invalid-credential",
  "auth/invalid-email",
  "auth/missing-password",
  "auth/user-disabled",
  "auth/user-not-found",
  "auth/wrong-password",
];

// What Firebase answers where it renews tokens no more.
const ENDED = ["auth/invalid-refresh-token", "auth/user-disabled", "auth/user-token-expired"];

/** Firebase Authentication: e-mail and password; tokens are kept for as long as the tab. */
export async function connect(): Promise<Provider> {
  const { api_key, emulator_url } = await fetchSettings();
  // Without the part for pop-ups and redirects, which loads a script and a frame of another site.
  const auth = initializeAuth(initializeApp({ apiKey: api_key }), {
    persistence: browserSessionPersistence,
  });
  if (emulator_url) {
    // Its banner would style itself, which the pages' policy refuses.
    connectAuthEmulator(auth, emulator_url, { disableWarnings: true });
  }

  return {
    async restore() {
      await auth.authStateReady();
      return auth.currentUser ? userOf(auth.currentUser) : undefined;
    },

    async logIn(email, password) {
      try {
        return userOf((await signInWithEmailAndPassword(auth, email, password)).user);
      } catch (error) {
        throw new LogInError(refusalOf(error), { cause: error });
      }
    },

    async accessToken() {
      try {
        return await auth.currentUser?.getIdToken();
      } catch (error) {
        if (error instanceof FirebaseError && ENDED.includes(error.code)) {
          return undefined;
        }
        throw error;
      }
    },

    forget: () => signOut(auth),

    async logOut() {
      await signOut(auth);
      window.location.assign("/");
    },
  };
}

function userOf({ displayName, email, uid }: Account): User {
  return { name: displayName ?? email ?? uid, email: email ?? undefined };
}

function refusalOf(error: unknown): Refusal {
  const code = error instanceof FirebaseError ? error.code : "";
  if (NO_ACCOUNT.includes(code)) {
    return "no-account";
  }
  if (code === "auth/too-many-requests") {
    return "too-often";
  }
  return code === "auth/network-request-failed" ? "no-answer" : "other";
}
