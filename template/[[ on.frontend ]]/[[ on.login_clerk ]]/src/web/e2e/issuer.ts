/**
 * Clerk on this machine: for the browser's tests, and for development (`npm run issuer`).
 *
 * As much of the Frontend API as its SDK asks for, cut to what it reads, and a sign-in page as the Account
 * Portal has one. It believes everybody, and the name that somebody gives is their role. Keys and sessions
 * are new each time and kept nowhere; the service trusts an issuer without https in development and test
 * only.
 */
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

const { AUTH_ISSUER: ISSUER = "" } = process.env;
const { hostname, port } = new URL(ISSUER);
const LIFETIME_SECONDS = 60;
const A_WEEK = 7 * 24 * 3_600_000;
const KID = randomUUID();
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

type Session = { id: string; name: string };

/** Who is logged in, by the value of their browser's cookie. */
const sessions = new Map<string, Session>();

const DOCUMENTS: Record<string, unknown> = {
  "/.well-known/jwks.json": {
    keys: [{ ...publicKey.export({ format: "jwk" }), kid: KID, alg: "RS256", use: "sig" }],
  },
  "/v1/environment": {
    auth_config: { object: "auth_config", single_session_mode: true },
    display_config: {
      object: "display_config",
      instance_environment_type: "production",
      sign_in_url: `${ISSUER}/sign-in`,
    },
  },
};

/** Where somebody logs in; what comes after the # says where to go then. */
async function signIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== "POST") {
    return form(response);
  }
  const body = await bodyOf(request);
  const redirect = body.get("redirect_url") ?? "";
  if (!isKnown(redirect)) {
    return refuse(request, response, 422, "form_param_value_invalid");
  }
  const client = randomUUID();
  const name = body.get("name") || "nobody";
  sessions.set(client, { id: `sess_${randomUUID().replaceAll("-", "")}`, name });
  response
    .writeHead(303, {
      location: redirect,
      "set-cookie": `__client=${client}; HttpOnly; SameSite=Lax; Path=/`,
    })
    .end();
}

/** The browser and its session, once it has one. */
function clientOf(request: IncomingMessage) {
  const session = sessionOf(request);
  if (!session) {
    return null;
  }
  const now = Date.now();
  return {
    object: "client",
    id: "client_1",
    sessions: [described(session, request)],
    last_active_session_id: session.id,
    sign_in: null,
    sign_up: null,
    last_authentication_strategy: null,
    cookie_expires_at: null,
    captcha_bypass: false,
    created_at: now,
    updated_at: now,
  };
}

function described({ id, name }: Session, request: IncomingMessage) {
  const now = Date.now();
  return {
    object: "session",
    id,
    status: "active",
    expire_at: now + A_WEEK,
    abandon_at: now + A_WEEK,
    last_active_at: now,
    last_active_organization_id: "org_1",
    last_active_token: tokenOf({ id, name }, request),
    actor: null,
    tasks: null,
    user: { object: "user", id: `user_${name}`, username: name, created_at: now, updated_at: now },
    public_user_data: null,
    factor_verification_age: [0, -1],
    created_at: now,
    updated_at: now,
  };
}

/** A session token, version 2, for the origin that asks. */
function tokenOf({ id, name }: Session, request: IncomingMessage) {
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    iss: ISSUER,
    azp: request.headers.origin,
    sub: `user_${name}`,
    sid: id,
    v: 2,
    sts: "active",
    fva: [0, -1],
    o: { id: "org_1", slg: "example", rol: name },
    jti: randomUUID(),
    iat: now,
    nbf: now - 10,
    exp: now + LIFETIME_SECONDS,
  };
  const content = [{ alg: "RS256", typ: "JWT", kid: KID }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const signature = sign("sha256", Buffer.from(content), privateKey).toString("base64url");
  return { object: "token", jwt: `${content}.${signature}` };
}

function cookieOf(request: IncomingMessage): string {
  return /__client=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
}

function sessionOf(request: IncomingMessage): Session | undefined {
  return sessions.get(cookieOf(request));
}

// Pages of this machine, whatever their port.
function isKnown(redirect: string): boolean {
  return /^http:\/\/(127\.0\.0\.1|localhost):\d+(\/|$)/.test(redirect);
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
    <form method="post" action="/sign-in">
      <input type="hidden" name="redirect_url">
      <label>Name, which is the role <input name="name" required autofocus></label>
      <button>Log in</button>
    </form>
  </main>
  <script>
    const query = new URLSearchParams(location.hash.split("?")[1]);
    document.forms[0].redirect_url.value = query.get("redirect_url");
  </script>
</html>`);
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  code: string,
): void {
  answer(request, response, { errors: [{ code, message: code, long_message: code }] }, status);
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  document: unknown,
  status = 200,
): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "cache-control": "no-store",
    // Pages of other origins ask, and send their cookie.
    "access-control-allow-origin": request.headers.origin ?? "*",
    "access-control-allow-credentials": "true",
  });
  response.end(JSON.stringify(document));
}

createServer((request, response) => {
  // The SDK names methods beside GET and POST in the query: they would need a question before.
  const { pathname, searchParams } = new URL(request.url ?? "/", ISSUER);
  const method = searchParams.get("_method") ?? request.method;
  const [, id, action] = /^\/v1\/client\/sessions\/(\w+)\/(tokens|touch)$/.exec(pathname) ?? [];
  const session = sessionOf(request);
  const document = DOCUMENTS[pathname];
  if (document) {
    answer(request, response, document);
  } else if (pathname === "/sign-in") {
    signIn(request, response);
  } else if (pathname === "/v1/client") {
    answer(request, response, { response: clientOf(request), client: null });
  } else if (pathname === "/v1/client/sessions" && method === "DELETE") {
    sessions.delete(cookieOf(request));
    answer(request, response, { response: clientOf(request), client: null });
  } else if (id && session?.id !== id) {
    refuse(request, response, 401, "authentication_invalid");
  } else if (session && action === "tokens") {
    answer(request, response, tokenOf(session, request));
  } else if (session && action === "touch") {
    const client = clientOf(request);
    answer(request, response, { response: described(session, request), client });
  } else {
    refuse(request, response, 404, "resource_not_found");
  }
}).listen(Number(port), hostname);
