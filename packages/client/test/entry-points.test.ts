import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };

const root = resolve(import.meta.dirname, "..");
const modules = Object.entries(manifest.exports).filter(([, file]) => file.endsWith(".ts"));

/** What an entry point exports: values by their name, types with that word before it. */
async function listExports(file: string): Promise<readonly string[]> {
  const values = Object.keys(Object(await import(resolve(root, file))));
  const source = await readFile(resolve(root, file), "utf8");
  const lists = Array.from(source.matchAll(/^export (type )?\{(.*?)\}/gms), ([, isType, names = ""]) =>
    names
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "" && (isType !== undefined || name.startsWith("type ")))
      .map((name) => (name.startsWith("type ") ? name : `type ${name}`)),
  );
  return [...values.toSorted(), ...lists.flat().toSorted()];
}

// What is published can't be taken back: a change here is one of the version, and of the changeset that goes with it.
describe("the names that are published", () => {
  it.each(modules)("stay what they are in %s", async (entry, file) => {
    const names = await listExports(file);
    expect(names.length).toBeGreaterThan(0);
    const snapshot = `fixtures/exports/${entry === "." ? "index" : entry.slice(2)}.txt`;
    await expect(`${names.join("\n")}\n`).toMatchFileSnapshot(snapshot);
  });
});
