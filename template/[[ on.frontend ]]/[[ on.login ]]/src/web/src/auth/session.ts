/** Where the issuer sends people back to; it has to know this address. */
export const CALLBACK = "/auth/callback";

/** A person, as the issuer names them. */
export type User = { name: string; email: string | undefined };

/** What the pages know of the person in front of them. */
export type Session =
  /** It is being found out. */
  | { state: "unknown" }
  | { state: "out" }
  | { state: "in"; user: User }
  /** Somebody was logged in, and is no longer. */
  | { state: "ended" }
  /** The log-in did not work. */
  | { state: "failed" };

/** How a log-in came back. */
export type Outcome = { user: User | undefined; returnTo: string };

/** A provider of identity: what is different with each of them. */
export interface Provider {
  /** Leaves the page for the log-in; `silently` asks nothing, and comes back with nobody instead. */
  leave(returnTo: string, silently: boolean): Promise<void>;
  /** Takes what the provider sent back, at the address `CALLBACK`. */
  arrive(): Promise<Outcome>;
  /** A token that is valid for a while; undefined where the person has to log in again. */
  accessToken(): Promise<string | undefined>;
  forget(): Promise<void>;
  /** Leaves the page, and ends the provider's session, too. */
  logOut(): Promise<void>;
}

// Says that somebody was logged in in this tab. Tokens are never stored.
const MARK = "logged-in";

let session: Session = { state: "unknown" };
let returnTo = "/";
let provider: Promise<Provider> | undefined;
let leaving: Promise<void> | undefined;
const listeners = new Set<() => void>();

export function currentSession(): Session {
  return session;
}

/** Calls `listener` when the session changes; the result ends that. */
export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The page that somebody was on before they logged in. */
export function wayBack(): string {
  return returnTo;
}

/**
 * Finds out who is there, once, as the page is loaded.
 *
 * Tokens are gone with the page that had them. Where there was a log-in, the issuer is asked again; its
 * own session answers at once.
 */
export async function start(): Promise<void> {
  const { pathname, search } = window.location;
  if (pathname === CALLBACK) {
    await arrive();
  } else if (sessionStorage.getItem(MARK)) {
    await leave(pathname + search, true);
  } else {
    change({ state: "out" });
  }
}

/** Leaves the page for the log-in, and comes back to the path. */
export function logIn(path: string): Promise<void> {
  return leave(path, false);
}

/** Ends the session, here and at the issuer. */
export async function logOut(): Promise<void> {
  sessionStorage.removeItem(MARK);
  await (await connected()).logOut();
}

/** The token to send to the API; undefined where nobody is logged in. */
export async function accessToken(): Promise<string | undefined> {
  if (session.state !== "in") {
    return undefined;
  }
  const token = await (await connected()).accessToken();
  if (!token) {
    await end();
  }
  return token;
}

/** The person has to log in again: the API took their token no more, or it could not be renewed. */
export async function end(): Promise<void> {
  if (session.state === "in") {
    sessionStorage.removeItem(MARK);
    change({ state: "ended" });
    await (await connected()).forget();
  }
}

async function arrive(): Promise<void> {
  try {
    const outcome = await (await connected()).arrive();
    returnTo = outcome.returnTo;
    if (outcome.user) {
      sessionStorage.setItem(MARK, "yes");
      change({ state: "in", user: outcome.user });
    } else {
      sessionStorage.removeItem(MARK);
      change({ state: "out" });
    }
  } catch {
    change({ state: "failed" });
  }
}

// Once: two log-ins under way would be one too many.
function leave(path: string, silently: boolean): Promise<void> {
  leaving ??= connected()
    .then((provider) => provider.leave(path, silently))
    .catch(() => change({ state: "failed" }))
    .finally(() => {
      leaving = undefined;
    });
  return leaving;
}

// The provider's code is loaded when somebody logs in: the first page does without it.
function connected(): Promise<Provider> {
  provider ??= import("./provider")
    .then(({ connect }) => connect())
    .catch((error) => {
      provider = undefined;
      throw error;
    });
  return provider;
}

function change(next: Session): void {
  session = next;
  for (const listener of listeners) {
    listener();
  }
}
