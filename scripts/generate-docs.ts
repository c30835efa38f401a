// Writes the pages of docs/ that can be derived from the code. With --check it writes nothing and fails when one has drifted.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { format } from "prettier";
import { configurationPage } from "./reference/configuration.ts";
import { metricsPage } from "./reference/metrics.ts";

const { values: options } = parseArgs({ options: { check: { type: "boolean", default: false } } });

for (const { file, source, title, blocks } of [configurationPage, metricsPage]) {
  const path = fileURLToPath(new URL(`../docs/${file}`, import.meta.url));
  const comment = `<!-- Written by scripts/generate-docs.ts from ${source}; edit those. -->`;
  const text = await format([`# ${title}`, comment, ...blocks()].join("\n\n"), { parser: "markdown" });
  if (!options.check) await writeFile(path, text);
  else if ((await readFile(path, "utf8").catch(() => "")) !== text) {
    console.error(`docs/${file} has drifted from ${source}: run node scripts/generate-docs.ts`);
    process.exitCode = 1;
  }
}
