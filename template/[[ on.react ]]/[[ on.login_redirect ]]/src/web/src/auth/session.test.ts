import { beforeEach, expect, test, vi } from "vitest";
import type { Provider } from "./session";

const provider = {
  leave: vi.fn<Provider["leave"]>(),
  arrive: vi.fn<Provider["arrive"]>(),
  restore: vi.fn<Provider["restore"]>(),
  accessToken: vi.fn<Provider["accessToken"]>(),
  forget: vi.fn<Provider["forget"]>(),
  logOut: vi.fn<Provider["logOut"]>(),
};
const connect = vi.fn<() => Promise<Provider>>();
vi.mock("./provider", () => ({ connect }));

const ada = { name: "Ada", email: undefined };

/** The module as a page that was just loaded at this address has it. */
async function loadedAt(address: string) {
  window.history.replaceState(null, "", address);
  vi.resetModules();
  return await import("./session");
}

beforeEach(() => {
  sessionStorage.clear();
  vi.resetAllMocks();
  connect.mockResolvedValue(provider);
});

test("nothing is loaded and nobody asked where nobody logged in", async () => {
  const { start, currentSession } = await loadedAt("/");
  await start();

  expect(currentSession()).toEqual({ state: "out" });
  expect(connect).not.toHaveBeenCalled();
});

test("who comes back from the log-in is there, and their way back", async () => {
  provider.arrive.mockResolvedValue({ user: ada, returnTo: "/users?sort=name" });
  const { start, currentSession, wayBack } = await loadedAt("/auth/callback?code=1");
  await start();

  expect(currentSession()).toEqual({ state: "in", user: ada });
  expect(wayBack()).toBe("/users?sort=name");
});

test("a page that is loaded anew asks who was there", async () => {
  provider.arrive.mockResolvedValue({ user: ada, returnTo: "/" });
  provider.restore.mockResolvedValue({ user: ada, returnTo: "/users?sort=name" });
  await (await loadedAt("/auth/callback?code=1")).start();
  const { start, currentSession } = await loadedAt("/users?sort=name");
  await start();

  expect(currentSession()).toEqual({ state: "in", user: ada });
  expect(provider.restore).toHaveBeenCalledExactlyOnceWith("/users?sort=name");
});

test("it does so once: who is not known there is out", async () => {
  sessionStorage.setItem("logged-in", "yes");
  provider.arrive.mockResolvedValue({ user: undefined, returnTo: "/" });
  await (await loadedAt("/auth/callback?error=login_required")).start();
  const { start, currentSession } = await loadedAt("/");
  await start();

  expect(currentSession()).toEqual({ state: "out" });
  expect(provider.restore).not.toHaveBeenCalled();
});

test("an answer that is not to be believed logs nobody in", async () => {
  provider.arrive.mockRejectedValue(new Error("No matching state found in storage"));
  const { start, currentSession } = await loadedAt("/auth/callback?code=1&state=2");
  await start();

  expect(currentSession()).toEqual({ state: "failed" });
});

test("two who ask for the log-in leave once", async () => {
  const { logIn } = await loadedAt("/users");
  await Promise.all([logIn("/users"), logIn("/users")]);

  expect(provider.leave).toHaveBeenCalledOnce();
});

test("settings that could not be had are asked for again", async () => {
  connect.mockRejectedValueOnce(new TypeError("fetch failed"));
  const { logIn, currentSession } = await loadedAt("/users");
  await logIn("/users");
  expect(currentSession()).toEqual({ state: "failed" });

  await logIn("/users");
  expect(provider.leave).toHaveBeenCalledOnce();
});

test("a session ends when there is no token any more, and everybody hears of it", async () => {
  provider.arrive.mockResolvedValue({ user: ada, returnTo: "/" });
  const { start, accessToken, currentSession, subscribe } = await loadedAt("/auth/callback?code=1");
  await start();
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

test("an issuer that is away does not end the session", async () => {
  provider.arrive.mockResolvedValue({ user: ada, returnTo: "/" });
  provider.accessToken.mockRejectedValue(new TypeError("fetch failed"));
  const { start, accessToken, currentSession } = await loadedAt("/auth/callback?code=1");
  await start();

  await expect(accessToken()).rejects.toThrow("fetch failed");
  expect(currentSession().state).toBe("in");
});
