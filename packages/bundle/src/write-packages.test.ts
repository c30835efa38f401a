import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory } from "@redis-operator/testbed";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { writePackages } from "./write-packages.ts";

const packages = {
  plain: {
    manifest: { name: "plain", version: "1.0.0", license: "MIT", scripts: {} },
    files: { LICENSE: "plain's" },
  },
  "@scope/scoped": {
    manifest: { name: "@scope/scoped", version: "2.0.0" },
    files: { "license.md": "scoped's" },
  },
  unused: { manifest: { name: "unused", version: "3.0.0" }, files: { LICENSE: "unused's" } },
};

it("writes down the packages that are in a bundle, with their licences, and no other", async () => {
  await using directory = await createTemporaryDirectory("bundle");
  const inDirectory = (...path: readonly string[]) => join(directory.path, ...path);
  for (const [name, { manifest, files }] of Object.entries(packages)) {
    const root = inDirectory("node_modules", name);
    await mkdir(join(root, "lib"), { recursive: true });
    await writeFile(join(root, "package.json"), JSON.stringify({ ...manifest, main: "lib/index.js" }));
    await writeFile(join(root, "lib/index.js"), `exports.name = ${JSON.stringify(name)};`);
    for (const [file, text] of Object.entries(files)) await writeFile(join(root, file), text);
  }
  await writeFile(inDirectory("main.js"), 'console.log(require("plain"), require("@scope/scoped"));');
  const { metafile } = await build({
    absWorkingDir: process.cwd(),
    entryPoints: [inDirectory("main.js")],
    bundle: true,
    metafile: true,
    write: false,
  });

  const written = inDirectory("packages");
  await mkdir(join(written, "of-a-build-before"), { recursive: true });
  await writePackages(metafile, written);

  expect((await readdir(written)).toSorted()).toEqual(["@scope", "plain@1.0.0"]);
  const read = (...path: readonly string[]) => readFile(join(written, ...path), "utf8");
  expect(JSON.parse(await read("plain@1.0.0/package.json"))).toEqual({
    name: "plain",
    version: "1.0.0",
    license: "MIT",
  });
  expect(await read("plain@1.0.0/LICENSE")).toBe("plain's");
  expect(await readdir(join(written, "@scope"))).toEqual(["scoped@2.0.0"]);
  expect(await read("@scope/scoped@2.0.0/license.md")).toBe("scoped's");
});
