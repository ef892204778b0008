import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const css = readFileSync("src/styles/tokens.css", "utf8");
const colours = new Map(
  Array.from(
    css.matchAll(/--color-([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g),
    ([, name = "", light = "", dark = ""]) => [name, { light, dark }],
  ),
);

const PAIRS = [
  { text: "text", ground: "ground", least: 4.5 },
  { text: "text", ground: "surface", least: 4.5 },
  { text: "text", ground: "accent-surface", least: 4.5 },
  { text: "muted", ground: "ground", least: 4.5 },
  { text: "muted", ground: "surface", least: 4.5 },
  { text: "muted", ground: "accent-surface", least: 4.5 },
  { text: "accent", ground: "ground", least: 4.5 },
  { text: "on-accent", ground: "accent", least: 4.5 },
  { text: "on-accent", ground: "accent-strong", least: 4.5 },
  { text: "danger", ground: "ground", least: 4.5 },
  { text: "danger", ground: "surface", least: 4.5 },
  { text: "danger", ground: "danger-surface", least: 4.5 },
  { text: "on-danger", ground: "danger", least: 4.5 },
  { text: "on-danger", ground: "danger-strong", least: 4.5 },
  { text: "success", ground: "ground", least: 4.5 },
  { text: "success", ground: "surface", least: 4.5 },
  // What is not text, but has to be seen: https://www.w3.org/TR/WCAG22/#non-text-contrast
  { text: "control", ground: "ground", least: 3 },
];

for (const scheme of ["light", "dark"] as const) {
  test.each(PAIRS)(`$text can be read on $ground, ${scheme}`, ({ text, ground, least }) => {
    const [one, other] = [colours.get(text)?.[scheme], colours.get(ground)?.[scheme]];

    expect(contrast(one ?? "", other ?? "")).toBeGreaterThanOrEqual(least);
  });
}

// https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((start) => Number.parseInt(colour.slice(start, start + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
