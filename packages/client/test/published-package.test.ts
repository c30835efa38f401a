import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { errorCodes } from "../src/contract/index.ts";

const run = promisify(execFile);
const source = resolve(import.meta.dirname, "..");
const root = resolve(source, "../..");
const tsc = join(root, "node_modules/.bin/tsc");
const manifestSchema = z.object({ type: z.string(), publishConfig: z.object({ exports: z.json() }) });

const consumer = `
import { createInstanceClient, ManagerError } from "@redis-operator/client";
import { errorCodes, routes } from "@redis-operator/client/contract";

const client = createInstanceClient({ host: "127.0.0.1", port: 1, fetch });
const code: string = await client.backup({ backupName: "nightly", destination: { s3: { bucket: "b" } } }).then(
  (result) => result.objectKey,
  (error: unknown) => (error instanceof ManagerError ? error.code : "no ManagerError"),
);
console.log(JSON.stringify([code, routes.status.path, errorCodes.INTERNAL.isTransient]));
`;

// A project of somebody else's: the package lies in its node_modules as it is published.
describe("the published package", () => {
  let project = "";
  let readme = "";

  /** Compiles as a project would that has the types of the DOM, and of Node where it says so. */
  async function compile(files: readonly string[], types: "" | "node" = ""): Promise<void> {
    const options = ["--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom"];
    const typeRoots = join(root, "node_modules/@types");
    await run(tsc, [...files, ...options, "--types", types, "--typeRoots", typeRoots], { cwd: project });
  }

  beforeAll(async () => {
    readme = await readFile(join(source, "README.md"), "utf8");
    project = await mkdtemp(join(tmpdir(), "consumer-"));
    const installed = join(project, "node_modules/@redis-operator/client");
    await run(tsc, ["-p", "tsconfig.build.json", "--outDir", join(installed, "dist")], { cwd: source });
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(source, "package.json"), "utf8")));
    const { type, publishConfig } = manifest;
    await writeFile(join(installed, "package.json"), JSON.stringify({ type, ...publishConfig }));
    await symlink(join(source, "node_modules"), join(installed, "node_modules"));
    await writeFile(join(project, "package.json"), JSON.stringify({ type: "module" }));
  }, 60_000);

  afterAll(() => rm(project, { recursive: true, force: true }));

  it("type-checks and runs", { timeout: 60_000 }, async () => {
    await writeFile(join(project, "consumer.ts"), consumer);
    await compile(["consumer.ts"]);
    const { stdout } = await run("node", ["consumer.js"], { cwd: project });
    expect(JSON.parse(stdout)).toEqual(["MANAGER_UNREACHABLE", "/v1/status", false]);
  });

  it("type-checks in every example of the README", { timeout: 60_000 }, async () => {
    const examples = Array.from(readme.matchAll(/^```ts\n(.*?)^```$/gms), ([, code = ""]) => code);
    expect(examples.length).toBeGreaterThan(0);
    const files = examples.map((_, index) => `example-${index}.ts`);
    await Promise.all(files.map((file, index) => writeFile(join(project, file), examples[index] ?? "")));
    await expect(compile(files, "node")).resolves.toBeUndefined();
  });

  it("has every error code in the README, word for word", () => {
    const cells = Array.from(readme.matchAll(/^\| `([A-Z_]+)` +\| (.*?) +\| (.*?) +\| (yes|no) +\|$/gm));
    const documented = cells.map(([, code, meaning, action, transient]) => {
      return [code, { meaning, action, isTransient: transient === "yes" }];
    });
    expect(Object.fromEntries(documented)).toEqual(errorCodes);
  });
});
