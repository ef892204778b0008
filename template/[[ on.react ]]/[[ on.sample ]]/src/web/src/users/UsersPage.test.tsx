import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { answerWith, renderPage } from "../test/render";
import { UsersPage } from "./UsersPage";

const ada = { id: "1", name: "Ada", email: "ada@example.com", created_at: "2026-01-02T03:04:05Z" };
const grace = { ...ada, id: "2", name: "Grace", email: "grace@example.com" };

test("asks for the next page where the last one ended", async () => {
  const requests = answerWith(({ url }) =>
    Response.json(
      url.includes("cursor=1")
        ? { items: [grace], next_cursor: null }
        : { items: [ada], next_cursor: "1" },
    ),
  );
  renderPage(<UsersPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Show more users" }));

  expect(await screen.findByText("grace@example.com")).toBeTruthy();
  expect(screen.getByText("ada@example.com")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Show more users" })).toBeNull();
  expect(requests).toHaveLength(2);
});

test("keeps what is shown when a later page fails", async () => {
  answerWith(({ url }) =>
    url.includes("cursor=1")
      ? new Response("", { status: 500 })
      : Response.json({ items: [ada], next_cursor: "1" }),
  );
  renderPage(<UsersPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Show more users" }));

  expect(await screen.findByRole("alert")).toBeTruthy();
  expect(screen.getByText("ada@example.com")).toBeTruthy();
});
