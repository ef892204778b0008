import { beforeEach, expect, test, vi } from "vitest";
import type { Provider } from "./session";

const provider = {
  restore: vi.fn<Provider["restore"]>(),
  logIn: vi.fn<Provider["logIn"]>(),
  accessToken: vi.fn<Provider["accessToken"]>(),
  forget: vi.fn<Provider["forget"]>(),
  logOut: vi.fn<Provider["logOut"]>(),
};
const connect = vi.fn<() => Promise<Provider>>();
vi.mock("./provider", () => ({ connect }));

const ada = { name: "Ada", email: "ada@example.com" };

/** The module as a page that was just loaded has it. */
async function loaded() {
  vi.resetModules();
  return await import("./session");
}

/** The module in a page where Ada logged in. */
async function withAda() {
  provider.logIn.mockResolvedValue(ada);
  const session = await loaded();
  await session.logIn("ada@example.com", "good");
  return session;
}

beforeEach(() => {
  sessionStorage.clear();
  vi.resetAllMocks();
  connect.mockResolvedValue(provider);
});

test("nothing is loaded and nobody asked where nobody logged in", async () => {
  const { start, currentSession } = await loaded();
  await start();

  expect(currentSession()).toEqual({ state: "out" });
  expect(connect).not.toHaveBeenCalled();
});

test("who logs in is there", async () => {
  const { currentSession } = await withAda();

  expect(provider.logIn).toHaveBeenCalledExactlyOnceWith("ada@example.com", "good");
  expect(currentSession()).toEqual({ state: "in", user: ada });
});

test("who is refused is out, and hears why", async () => {
  const { start, logIn, LogInError, currentSession } = await loaded();
  provider.logIn.mockRejectedValue(new LogInError("no-account"));
  await start();

  await expect(logIn("ada@example.com", "bad")).rejects.toMatchObject({ refusal: "no-account" });
  expect(currentSession()).toEqual({ state: "out" });
  expect(sessionStorage).toHaveLength(0);
});

test("a page that is loaded anew knows who was logged in", async () => {
  await withAda();
  provider.restore.mockResolvedValue(ada);
  const { start, currentSession } = await loaded();
  await start();

  expect(currentSession()).toEqual({ state: "in", user: ada });
});

test("who is not known any more is out, and not asked for again", async () => {
  await withAda();
  provider.restore.mockResolvedValue(undefined);
  await (await loaded()).start();
  const { start, currentSession } = await loaded();
  await start();

  expect(currentSession()).toEqual({ state: "out" });
  expect(provider.restore).toHaveBeenCalledOnce();
});

test("settings that could not be had are asked for again", async () => {
  await withAda();
  provider.restore.mockResolvedValue(ada);
  connect.mockRejectedValueOnce(new TypeError("fetch failed"));
  const { start, currentSession } = await loaded();
  await start();
  expect(currentSession()).toEqual({ state: "failed" });

  await start();
  expect(currentSession()).toEqual({ state: "in", user: ada });
});

test("a session ends when there is no token any more, and everybody hears of it", async () => {
  const { accessToken, currentSession, subscribe } = await withAda();
  const heard = vi.fn();
  subscribe(heard);

  provider.accessToken.mockResolvedValueOnce("token");
  expect(await accessToken()).toBe("token");
  expect(heard).not.toHaveBeenCalled();

  provider.accessToken.mockResolvedValueOnce(undefined);
  expect(await accessToken()).toBeUndefined();
  expect(currentSession()).toEqual({ state: "ended" });
  expect(heard).toHaveBeenCalledOnce();
  expect(provider.forget).toHaveBeenCalledOnce();
});

test("a provider that is away does not end the session", async () => {
  const { accessToken, currentSession } = await withAda();
  provider.accessToken.mockRejectedValue(new TypeError("fetch failed"));

  await expect(accessToken()).rejects.toThrow("fetch failed");
  expect(currentSession().state).toBe("in");
});

test("who logs out is forgotten in this tab", async () => {
  const { logOut } = await withAda();
  await logOut();

  expect(provider.logOut).toHaveBeenCalledOnce();
  expect(sessionStorage).toHaveLength(0);
});
