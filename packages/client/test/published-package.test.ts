import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { errorCodes } from "../src/contract/index.ts";

const run = promisify(execFile);
const source = resolve(import.meta.dirname, "..");
const root = resolve(source, "../..");
const tsc = join(root, "node_modules/.bin/tsc");
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
  let tarball = Buffer.alloc(0);

  /** Compiles as a project would that has the types of the DOM, and of Node where it says so. */
  async function compile(files: readonly string[], types: "" | "node" = ""): Promise<void> {
    const options = ["--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom"];
    const typeRoots = join(root, "node_modules/@types");
    await run(tsc, [...files, ...options, "--types", types, "--typeRoots", typeRoots], { cwd: project });
  }

  beforeAll(async () => {
    readme = await readFile(join(source, "README.md"), "utf8");
    project = await mkdtemp(join(tmpdir(), "consumer-"));
    await run("pnpm", ["pack", "--out", join(project, "package.tgz")], { cwd: source });
    tarball = await readFile(join(project, "package.tgz"));
    const installed = join(project, "node_modules/@redis-operator/client");
    await mkdir(installed, { recursive: true });
    await run("tar", ["-xzf", join(project, "package.tgz"), "--strip-components=1", "-C", installed]);
    await symlink(join(source, "node_modules"), join(installed, "node_modules"));
    await writeFile(join(project, "package.json"), JSON.stringify({ type: "module" }));
  }, 60_000);

  afterAll(() => rm(project, { recursive: true, force: true }));

  it("holds what was built, its description of the API, README and license, and no source and test", async () => {
    const { stdout } = await run("tar", ["-tzf", join(project, "package.tgz")]);
    const names = new Set(
      stdout
        .trim()
        .split("\n")
        .map((name) => name.split("/").slice(1, 2).join("/")),
    );
    // There is one from the first release on that has changesets.
    names.delete("CHANGELOG.md");
    expect(Array.from(names).toSorted()).toEqual([
      "LICENSE",
      "README.md",
      "dist",
      "openapi.json",
      "package.json",
    ]);
    expect(stdout).not.toContain(".test.");
  });

  it("is one that publint has nothing to say about", async () => {
    const data = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength);
    const { messages } = await publint({ strict: true, pack: { tarball: data } });
    expect(messages).toEqual([]);
  });

  it("takes the zod that its dependents have, so that schemas of theirs and of this package are of one kind", async () => {
    const { stdout } = await run("tar", ["-xzOf", join(project, "package.tgz"), "package/package.json"]);
    expect(JSON.parse(stdout)).toMatchObject({ dependencies: { zod: expect.stringMatching(/^\^4\./) } });
  });

  it("has types that are found by whoever can import it", async () => {
    const analysis = await checkPackage(createPackageFromTarballData(tarball));
    const problems = analysis.types === false ? ["no types"] : analysis.problems;
    // It is an ES module: neither CommonJS by require of before Node 20.19 nor TypeScript's "node10" finds its way in.
    const expected = new Set(["node10", "node16-cjs"]);
    expect(problems.filter((problem) => !expected.has(resolutionOf(problem)))).toEqual([]);
  });

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

function resolutionOf(problem: unknown): string {
  const { resolutionKind = "" }: { readonly resolutionKind?: string } = Object(problem);
  return resolutionKind;
}
