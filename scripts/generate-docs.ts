// Writes what can be derived from the schemas and the contract. With --check it writes nothing and fails when a file has drifted.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import client from "@redis-operator/client/package.json" with { type: "json" };
import { format } from "prettier";
import { readDocstrings } from "./generate-docs/api/docstrings.ts";
import { renderOpenapi } from "./generate-docs/api/openapi.ts";
import { renderReference } from "./generate-docs/api/reference.ts";
import { renderTypes } from "./generate-docs/api/types.ts";
import { renderConfiguration } from "./generate-docs/configuration.ts";
import { renderMetrics } from "./generate-docs/metrics.ts";

const { values: options } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const root = new URL("../", import.meta.url);
const docstrings = readDocstrings(fileURLToPath(new URL("packages/client/src/contract", root)));

const files = [
  { path: "docs/configuration.md", parser: "markdown", text: renderConfiguration() },
  { path: "docs/metrics.md", parser: "markdown", text: renderMetrics() },
  { path: "docs/api.md", parser: "markdown", text: renderReference(docstrings) },
  { path: "packages/client/src/contract/types.ts", parser: "typescript", text: renderTypes(docstrings) },
  {
    path: "packages/client/openapi.json",
    parser: "json",
    text: renderOpenapi({ version: client.version, docstrings }),
  },
];

for (const { path, parser, text } of files) {
  const file = fileURLToPath(new URL(path, root));
  const formatted = await format(text, { parser, printWidth: 110 });
  if (!options.check) await writeFile(file, formatted);
  else if ((await readFile(file, "utf8").catch(() => "")) !== formatted) {
    console.error(`${path} has drifted from its source: run node scripts/generate-docs.ts`);
    process.exitCode = 1;
  }
}
