import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What esbuild tells of a build with `metafile: true`, as far as it is needed here. */
interface Inputs {
  /** By the file's path from the working directory. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/**
 * Writes down which packages of `node_modules` are in a bundle: for each a folder `<name>@<version>` with a manifest, by which
 * scanners of vulnerabilities and of licences find it in an image, and with its licence, which goes wherever its code goes.
 *
 * @param folder - Made anew.
 * @throws Error if a package has no manifest with a name and a version.
 */
export async function writePackages({ inputs }: Inputs, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const root of new Set(Object.keys(inputs).flatMap(findPackage))) {
    const manifest = readManifest(await readFile(join(root, "package.json"), "utf8"), root);
    const target = join(folder, `${manifest.name}@${manifest.version}`);
    await mkdir(target, { recursive: true });
    await writeFile(join(target, "package.json"), `${JSON.stringify(manifest)}\n`);
    for (const file of await readdir(root)) {
      if (/^(licen[cs]e|notice|copying)/i.test(file)) await copyFile(join(root, file), join(target, file));
    }
  }
}

/** The folder of the package that a file belongs to; none for a file of this repository. */
function findPackage(path: string): readonly string[] {
  return /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.slice(0, 1) ?? [];
}

function readManifest(text: string, root: string) {
  const manifest: unknown = JSON.parse(text);
  if (typeof manifest === "object" && manifest !== null && "name" in manifest && "version" in manifest) {
    const { name, version } = manifest;
    if (typeof name === "string" && typeof version === "string") {
      return { name, version, license: "license" in manifest ? manifest.license : undefined };
    }
  }
  throw new Error(`${root}/package.json has no name and version`);
}
