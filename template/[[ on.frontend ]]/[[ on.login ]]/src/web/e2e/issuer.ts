/**
 * An OpenID Connect issuer on this machine: for the browser's tests, and for development (`npm run issuer`).
 *
 * It believes everybody, and the name that somebody gives is their role. Keys, codes and sessions are new
 * each time and kept nowhere; the service trusts an issuer without https in development and test only.
 */
import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

const {
  AUTH_ISSUER: ISSUER = "",
  AUTH_AUDIENCE: AUDIENCE = "",
  AUTH_CLIENT_ID: CLIENT_ID = "",
  AUTH_ROLES_CLAIM: ROLES_CLAIM = "",
} = process.env;
const { origin, hostname, port } = new URL(ISSUER);
const LIFETIME_SECONDS = 3600;
const KID = randomUUID();
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

type Login = { name: string; session: string };
type Code = Login & { redirect: string; challenge: string; nonce: string | null };

/** Names of those who are logged in here, by the value of their cookie. */
const sessions = new Map<string, string>();
const codes = new Map<string, Code>();
const refreshTokens = new Map<string, Login>();

const DOCUMENTS: Record<string, unknown> = {
  "/.well-known/openid-configuration": {
    issuer: ISSUER,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    end_session_endpoint: `${origin}/end-session`,
    jwks_uri: `${origin}/jwks.json`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    code_challenge_methods_supported: ["S256"],
  },
  "/jwks.json": {
    keys: [{ ...publicKey.export({ format: "jwk" }), kid: KID, alg: "RS256", use: "sig" }],
  },
};

/** Where somebody logs in: a form, unless they did so before. */
async function authorize(
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
) {
  const redirect = query.get("redirect_uri") ?? "";
  if (query.get("client_id") !== CLIENT_ID || !isKnown(redirect)) {
    return refuse(response, "invalid_request");
  }
  const back = (answer: Record<string, string>) =>
    send(response, redirect, { ...answer, state: query.get("state") ?? "" });
  if (query.get("response_type") !== "code" || query.get("code_challenge_method") !== "S256") {
    return back({ error: "invalid_request" });
  }
  let session = sessionOf(request);
  if (request.method === "POST") {
    session = randomUUID();
    sessions.set(session, (await bodyOf(request)).get("name") || "nobody");
    response.setHeader("set-cookie", `session=${session}; HttpOnly; SameSite=Lax; Path=/`);
  }
  const name = sessions.get(session);
  if (name === undefined) {
    return query.get("prompt") === "none" ? back({ error: "login_required" }) : form(response);
  }
  const code = randomUUID();
  const challenge = query.get("code_challenge") ?? "";
  codes.set(code, { name, session, redirect, challenge, nonce: query.get("nonce") });
  back({ code });
}

/** What codes and refresh tokens are exchanged for; each counts once. */
async function token(request: IncomingMessage, response: ServerResponse) {
  const body = await bodyOf(request);
  const value = (name: string) => body.get(name) ?? "";
  if (value("grant_type") === "client_credentials") {
    return answer(response, 200, { access_token: accessToken(value("scope")) });
  }
  const code = taken(codes, value("code"));
  const login = code ?? taken(refreshTokens, value("refresh_token"));
  const verified =
    !code ||
    (code.redirect === value("redirect_uri") && code.challenge === hash(value("code_verifier")));
  if (!login || !verified || !sessions.has(login.session) || value("client_id") !== CLIENT_ID) {
    return refuse(response, "invalid_grant");
  }
  const refresh = randomUUID();
  refreshTokens.set(refresh, { name: login.name, session: login.session });
  answer(response, 200, {
    token_type: "Bearer",
    expires_in: LIFETIME_SECONDS,
    access_token: accessToken(login.name),
    refresh_token: refresh,
    id_token: signed({ aud: CLIENT_ID, sub: login.name, name: login.name, nonce: code?.nonce }),
  });
}

function endSession(request: IncomingMessage, response: ServerResponse, query: URLSearchParams) {
  sessions.delete(sessionOf(request));
  const redirect = query.get("post_logout_redirect_uri") ?? "";
  return isKnown(redirect) ? send(response, redirect, {}) : answer(response, 200, {});
}

function accessToken(role: string): string {
  return signed({ aud: AUDIENCE, sub: role, [ROLES_CLAIM]: [role] });
}

function signed(claims: Record<string, unknown>): string {
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    iss: ISSUER,
    jti: randomUUID(),
    iat: now,
    exp: now + LIFETIME_SECONDS,
    ...claims,
  };
  const content = [{ alg: "RS256", typ: "JWT", kid: KID }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${content}.${sign("sha256", Buffer.from(content), privateKey).toString("base64url")}`;
}

function hash(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

function taken<Value>(values: Map<string, Value>, key: string): Value | undefined {
  const value = values.get(key);
  values.delete(key);
  return value;
}

function sessionOf(request: IncomingMessage): string {
  return /session=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
}

// Pages of this machine, whatever their port.
function isKnown(redirect: string): boolean {
  return /^http:\/\/(127\.0\.0\.1|localhost):\d+\//.test(redirect);
}

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  let body = "";
  for await (const chunk of request) {
    body += chunk;
  }
  return new URLSearchParams(body);
}

function form(response: ServerResponse): void {
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end(`<!doctype html>
<html lang="en">
  <title>Log in</title>
  <link rel="icon" href="data:,">
  <main>
    <h1>Log in</h1>
    <form method="post">
      <label>Name, which is the role <input name="name" required autofocus></label>
      <button>Log in</button>
    </form>
  </main>
</html>`);
}

function send(
  response: ServerResponse,
  redirect: string,
  parameters: Record<string, string>,
): void {
  const url = new URL(redirect);
  for (const [name, value] of Object.entries(parameters)) {
    url.searchParams.set(name, value);
  }
  response.writeHead(303, { location: url.href }).end();
}

function refuse(response: ServerResponse, error: string): void {
  answer(response, 400, { error });
}

function answer(response: ServerResponse, status: number, document: unknown): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "cache-control": "no-store",
    // Pages of other origins ask, and send no cookies.
    "access-control-allow-origin": "*",
  });
  response.end(JSON.stringify(document));
}

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", origin);
  const document = DOCUMENTS[pathname];
  if (document) {
    answer(response, 200, document);
  } else if (pathname === "/authorize") {
    authorize(request, response, searchParams);
  } else if (pathname === "/token" && request.method === "POST") {
    token(request, response);
  } else if (pathname === "/end-session") {
    endSession(request, response, searchParams);
  } else {
    answer(response, 404, {});
  }
}).listen(Number(port), hostname);
