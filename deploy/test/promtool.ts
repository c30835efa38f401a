import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory } from "@redis-operator/testbed";
import { readRuleFiles } from "./rule-files.ts";

/** Whether Prometheus' own checker is installed. */
export const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;

/** Checks the rule files as Prometheus loads them. @returns what promtool complains of; empty if nothing */
export function checkRules(): Promise<string> {
  return runBesideRules(["check", "rules", ...readRuleFiles().map(({ name }) => name)]);
}

/** Runs one file of `promtool test rules` on the rule files. @returns what is not as expected; empty if all is */
export function testRules(text: string): Promise<string> {
  return runBesideRules(["test", "rules", "test.yaml"], { "test.yaml": text });
}

async function runBesideRules(
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  await using folder = await createTemporaryDirectory("promtool");
  const rules = Object.fromEntries(readRuleFiles().map(({ name, plainText }) => [name, plainText]));
  for (const [name, text] of Object.entries({ ...rules, ...files }))
    await writeFile(join(folder.path, name), text);
  const { status, stdout, stderr } = spawnSync("promtool", args, { cwd: folder.path, encoding: "utf8" });
  return status === 0 ? "" : `${stdout}${stderr}`;
}
