import { render, screen } from "@testing-library/react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { expect, test, vi } from "vitest";
import { Crash } from "./Crash";

function Failing(): never {
  throw new Error("secret");
}

test("stands in for a page that fails", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const router = createMemoryRouter([{ path: "/", Component: Failing, ErrorBoundary: Crash }]);
  render(<RouterProvider router={router} />);

  expect(await screen.findByRole("button", { name: "Load it again" })).toBeTruthy();
  expect(screen.queryByText("secret")).toBeNull();
});
