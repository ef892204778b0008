import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { answerWith, renderPage } from "../test/render";
import { Home } from "./Home";

test("names what the service lacks", async () => {
  answerWith(() =>
    Response.json({ status: 503, detail: "", checks: { mail: "unavailable" } }, { status: 503 }),
  );
  renderPage(<Home />);

  expect(await screen.findByText("The service is not ready")).toBeTruthy();
  expect(screen.getByText("unavailable")).toBeTruthy();
});

test("tells when nothing answers", async () => {
  answerWith(() => {
    throw new TypeError("fetch failed");
  });
  renderPage(<Home />);

  expect(await screen.findByText("The service cannot be reached")).toBeTruthy();
});
