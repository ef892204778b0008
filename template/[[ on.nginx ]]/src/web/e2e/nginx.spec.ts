import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@playwright/test";

const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const OTHER = { accept: "*/*" };

for (const address of ["/", "/a/page/of/the/router"]) {
  test(`a browser gets the first page at ${address}`, async ({ request }) => {
    const response = await request.get(address, { headers: BROWSER });

    expect(response.status()).toBe(200);
    expect(await response.text()).toContain("<title>");
    expect(response.headers()).toMatchObject({
      "cache-control": "no-cache",
      "content-type": "text/html; charset=utf-8",
      "referrer-policy": "no-referrer",
      "strict-transport-security": "max-age=63072000; includeSubDomains",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
    expect(response.headers()["content-security-policy"]).toContain("script-src 'self'");
    expect(response.headers().server).toBe("nginx");
  });
}

test("an asset is compressed and kept for long", async ({ request }) => {
  const page = await (await request.get("/", { headers: BROWSER })).text();
  const script = /src="(\/assets\/[^"]+)"/.exec(page)?.[1] ?? "";

  const response = await request.get(script);

  expect(response.status()).toBe(200);
  expect(response.headers()).toMatchObject({
    "cache-control": "public, max-age=31536000, immutable",
    "content-encoding": "gzip",
    "x-content-type-options": "nosniff",
  });
});

test("what a browser has is not sent again", async ({ request }) => {
  const { etag = "" } = (await request.get("/", { headers: BROWSER })).headers();

  const response = await request.get("/", { headers: { ...BROWSER, "if-none-match": etag } });

  expect(response.status()).toBe(304);
});

for (const [address, headers] of [
  ["/api/v1/nowhere", BROWSER],
  ["/assets/index-0.js", BROWSER],
  ["/assets/", BROWSER],
  ["/", OTHER],
  ["/nowhere", OTHER],
] as const) {
  test(`what is no page is not found: ${address}`, async ({ request }) => {
    const response = await request.get(address, { headers });

    expect(response.status()).toBe(404);
    expect(response.headers()["content-type"]).toContain("application/problem+json");
    expect(response.headers()["cache-control"]).toBe("no-store");
  });
}

test("what is no request is refused with a problem", async ({ request }) => {
  const response = await request.get("/..%2fpackage.json");

  expect(response.status()).toBe(400);
  expect(await response.json()).toMatchObject({ status: 400 });
  expect(response.headers()["x-content-type-options"]).toBe("nosniff");
});

test("pages are only read", async ({ request }) => {
  expect((await request.head("/", { headers: BROWSER })).status()).toBe(200);
  expect((await request.post("/", { headers: BROWSER })).status()).toBe(404);
});

test("the service answers for itself", async ({ request }) => {
  const response = await request.get("/health", { headers: BROWSER });

  expect(await response.json()).toEqual({ status: "ok" });
  const policies = response
    .headersArray()
    .filter(({ name }) => name.toLowerCase() === "content-security-policy");
  expect(policies.map(({ value }) => value)).toEqual([
    "default-src 'none'; frame-ancestors 'none'",
  ]);
  expect((await request.get("/openapi.json", { headers: BROWSER })).status()).toBe(200);
});

test("the service's limits count, not the server's", async ({ request }) => {
  const response = await request.post("/api/v1/nowhere", { data: "x".repeat(2_000_000) });

  expect(response.headers()["content-type"]).toContain("application/problem+json");
});

test("a request keeps its id, and is logged without its query", async ({ request, baseURL }) => {
  const headers = { "x-request-id": "request-0001" };
  const response = await request.get("/api/v1/nowhere?token=s3cret", { headers });

  expect(response.headers()["x-request-id"]).toBe("request-0001");
  const log = logOf(new URL(baseURL ?? "").port);
  const line = log
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text))
    .find(({ request_id }) => request_id === "request-0001");
  expect(line).toMatchObject({ level: "info", method: "GET", status: 404 });
  expect(log).not.toContain("s3cret");
});

test("pages are shown while the service is away, and calls say so", async ({
  request,
  baseURL,
}) => {
  const port = Number(new URL(baseURL ?? "").port) + 3;
  const nginx = await startNginx(port);
  try {
    const page = await request.get(`http://127.0.0.1:${port}/`, { headers: BROWSER });
    const call = await request.get(`http://127.0.0.1:${port}/ready`);

    expect(page.status()).toBe(200);
    expect(call.status()).toBe(503);
    expect(call.headers()).toMatchObject({
      "content-type": "application/problem+json",
      "retry-after": "1",
    });
    expect(await call.json()).toMatchObject({
      status: 503,
      request_id: call.headers()["x-request-id"],
    });
  } finally {
    nginx.kill();
  }
});

function logOf(port: string): string {
  const file = path.join(import.meta.dirname, `../../../reports/nginx-${port}.log`);
  return readFileSync(file, "utf8");
}

/** An nginx whose service is not there. */
async function startNginx(port: number): Promise<ChildProcess> {
  const nginx = spawn(process.execPath, [path.join(import.meta.dirname, "nginx.ts")], {
    env: { ...process.env, PORT: String(port), SERVICE: "127.0.0.1:9" },
    stdio: "inherit",
  });
  await expect(() => fetch(`http://127.0.0.1:${port}/index.html`)).toPass();
  return nginx;
}
