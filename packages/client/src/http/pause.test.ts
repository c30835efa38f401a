import { expect, it } from "vitest";
import { pause } from "./pause.ts";

it("doesn't wait for a time that is over, and Node has nothing to warn of", async () => {
  const warnings: string[] = [];
  const note = ({ name }: Error) => void warnings.push(name);
  process.on("warning", note);
  await pause(-1.5, undefined);
  process.off("warning", note);
  expect(warnings).toEqual([]);
});
