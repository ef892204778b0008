/**
 * A stand-in for Firebase Authentication on this machine: for the browser's tests, and for development
 * (`npm run issuer`). Unlike Firebase's own emulator it signs its tokens, so that the service checks them.
 *
 * It knows everybody but `unknown`, and takes every password but `wrong`. The part of an e-mail address before
 * `@` or `+` is the account's name and role. Keys and accounts are new each time and kept nowhere; the service
 * takes keys without https in development and test only.
 */
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

const {
  AUTH_JWKS_URL = "",
  AUTH_ROLES_CLAIM: ROLES_CLAIM = "",
  FIREBASE_API_KEY: API_KEY = "",
  FIREBASE_PROJECT_ID: PROJECT = "",
} = process.env;
const { origin, hostname, port, pathname: KEYS } = new URL(AUTH_JWKS_URL);
const ACCOUNTS = "/identitytoolkit.googleapis.com/v1";
const LIFETIME_SECONDS = 3600;
const KID = randomUUID();
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

type Account = { localId: string; email: string; displayName: string; disabled: boolean };
/** Somebody's log-in, and when it was. */
type LogIn = { account: Account; authTime: number };
/** What a request brings: JSON or a form, as the library sends it. */
type Body = Record<string, string>;

const accounts = new Map<string, Account>();
const refreshTokens = new Map<string, LogIn>();
/** Whose an ID token is. */
const idTokens = new Map<string, Account>();

/** A request that is refused, with Firebase's word for it. */
class Refused extends Error {}

const ROUTES: Record<string, (body: Body, request: IncomingMessage) => unknown> = {
  [`${ACCOUNTS}/accounts:signInWithPassword`]: logIn,
  [`${ACCOUNTS}/accounts:lookup`]: lookUp,
  [`${ACCOUNTS}/projects/${PROJECT}/accounts:update`]: update,
  "/securetoken.googleapis.com/v1/token": renew,
};

function logIn({ email = "", password }: Body) {
  const name = /^[^@+]+(?=(\+[^@]*)?@.)/.exec(email)?.[0];
  if (!name) throw new Refused("INVALID_EMAIL");
  if (!password) throw new Refused("MISSING_PASSWORD");
  // A project that protects its accounts from being found out says INVALID_LOGIN_CREDENTIALS to both.
  if (name === "unknown") throw new Refused("EMAIL_NOT_FOUND");
  const account = accounts.get(email) ?? newAccount(email, name);
  if (account.disabled) throw new Refused("USER_DISABLED");
  if (password === "wrong") throw new Refused("INVALID_LOGIN_CREDENTIALS");
  const { localId } = account;
  const tokens = tokensOf({ account, authTime: now() });
  return {
    kind: "identitytoolkit#VerifyPasswordResponse",
    registered: true,
    localId,
    email,
    ...tokens,
  };
}

function lookUp({ idToken = "" }: Body) {
  const account = idTokens.get(idToken);
  if (!account) throw new Refused("INVALID_ID_TOKEN");
  if (account.disabled) throw new Refused("USER_DISABLED");
  const { localId, email, displayName } = account;
  const by = { providerId: "password", email, displayName, rawId: email, federatedId: email };
  const user = { localId, email, displayName, emailVerified: false, providerUserInfo: [by] };
  return { kind: "identitytoolkit#GetAccountInfoResponse", users: [user] };
}

/** What the Admin SDK does. */
function update({ localId = "", disableUser }: Body, { headers }: IncomingMessage) {
  const account = accounts.get(localId);
  if (headers.authorization !== "Bearer owner" || !account) throw new Refused("USER_NOT_FOUND");
  account.disabled = Boolean(disableUser);
  return { kind: "identitytoolkit#SetAccountInfoResponse", localId };
}

function renew({ grant_type, refresh_token = "" }: Body) {
  const login = refreshTokens.get(refresh_token);
  if (grant_type !== "refresh_token" || !login) throw new Refused("INVALID_REFRESH_TOKEN");
  if (login.account.disabled) throw new Refused("USER_DISABLED");
  const { idToken, refreshToken, expiresIn } = tokensOf(login);
  return {
    id_token: idToken,
    access_token: idToken,
    expires_in: expiresIn,
    refresh_token: refreshToken,
    token_type: "Bearer",
    user_id: login.account.localId,
    project_id: PROJECT,
  };
}

function newAccount(email: string, displayName: string): Account {
  const account = { localId: randomUUID(), email, displayName, disabled: false };
  accounts.set(email, account).set(account.localId, account);
  return account;
}

function tokensOf(login: LogIn) {
  const refreshToken = randomUUID();
  const idToken = signed(login);
  refreshTokens.set(refreshToken, login);
  idTokens.set(idToken, login.account);
  return { idToken, refreshToken, expiresIn: String(LIFETIME_SECONDS) };
}

function signed({ account, authTime }: LogIn): string {
  const { localId, email, displayName } = account;
  const payload = {
    iss: `https://securetoken.google.com/${PROJECT}`,
    aud: PROJECT,
    sub: localId,
    user_id: localId,
    iat: now(),
    exp: now() + LIFETIME_SECONDS,
    auth_time: authTime,
    // Two tokens of the same second are different ones here.
    jti: randomUUID(),
    name: displayName,
    email,
    email_verified: false,
    firebase: { identities: { email: [email] }, sign_in_provider: "password" },
    [ROLES_CLAIM]: [displayName],
  };
  const content = [{ alg: "RS256", typ: "JWT", kid: KID }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${content}.${sign("sha256", Buffer.from(content), privateKey).toString("base64url")}`;
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
  }
  const isForm = request.headers["content-type"]?.includes("form");
  return isForm ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text || "{}");
}

function answer(response: ServerResponse, status: number, document: unknown): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "cache-control": "no-store",
    // Pages of other origins ask, with headers of the library's own, and send no cookies.
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "*",
  });
  response.end(JSON.stringify(document));
}

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", origin);
  const route = ROUTES[pathname];
  if (pathname === KEYS) {
    const key = { ...publicKey.export({ format: "jwk" }), kid: KID, alg: "RS256", use: "sig" };
    answer(response, 200, { keys: [key] });
  } else if (request.method === "OPTIONS") {
    answer(response, 200, {});
  } else if (!route || request.method !== "POST") {
    answer(response, 404, { error: { code: 404, message: "Not Found" } });
  } else {
    try {
      const isAdmin = request.headers.authorization !== undefined;
      if (!isAdmin && searchParams.get("key") !== API_KEY) throw new Refused("API_KEY_INVALID");
      answer(response, 200, route(await bodyOf(request), request));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { message } = error;
      const errors = [{ message, reason: "invalid", domain: "global" }];
      answer(response, 400, { error: { code: 400, message, errors } });
    }
  }
}).listen(Number(port), hostname);
