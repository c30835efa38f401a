import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, it } from "vitest";
import { readFile } from "node:fs/promises";

const document = await readFile(new URL("../openapi.json", import.meta.url), "utf8");

async function lint(source: string): Promise<readonly string[]> {
  const config = await createConfig({ extends: ["recommended-strict"] });
  const problems = await lintFromString({ source, absoluteRef: "openapi.json", config });
  return problems.map(({ ruleId, message, location: [place] }) => `${place?.pointer}: ${ruleId}: ${message}`);
}

it("describes the API in a document that a linter finds nothing wrong with", async () => {
  expect(await lint(document)).toEqual([]);
});

it("is looked at by a linter that also sees an example which doesn't fit", async () => {
  const wrong = document.replace('"role": "master"', '"role": "leader"');
  expect((await lint(wrong)).join("\n")).toContain("no-invalid-media-type-examples");
});
