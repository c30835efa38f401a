import { expect, it } from "vitest";
import { requireAscii } from "./require-ascii.ts";

it("names the first character of a bundle that is not ASCII", () => {
  expect(() => requireAscii("dist/main.cjs", "let unit = `µs`, other = `ß`;")).toThrow(
    "dist/main.cjs isn't ASCII: escape the last character of let unit = `µ",
  );
});

it("takes a bundle that is ASCII", () => {
  expect(() => requireAscii("dist/main.cjs", 'let unit = "\\xB5s";\n')).not.toThrow();
});
