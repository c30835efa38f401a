import { execFileSync, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory } from "@redis-operator/testbed";

/** A store of images and containers of its own, beside the machine's, gone when it leaves its scope. */
export interface ImageStorage extends AsyncDisposable {
  /** For buildah and podman: they use this store and no other. */
  readonly env: NodeJS.ProcessEnv;
  /** For what is put into images. */
  readonly dir: string;
}

/** Makes a store in a temporary folder. */
export async function createImageStorage(): Promise<ImageStorage> {
  const folder = await createTemporaryDirectory("images");
  const configuration = join(folder.path, "storage.conf");
  const graphRoot = join(folder.path, "graph");
  const lines = [
    "[storage]",
    'driver = "overlay"',
    `graphroot = "${graphRoot}"`,
    `runroot = "${folder.path}/run"`,
  ];
  await writeFile(configuration, `${lines.join("\n")}\n`);
  const env = {
    ...process.env,
    CONTAINERS_STORAGE_CONF: configuration,
    // A build needs no container; what runs the images is podman.
    BUILDAH_ISOLATION: "chroot",
  };
  return {
    dir: folder.path,
    env,
    async [Symbol.asyncDispose]() {
      // What a run that was ended early has left mounted; the driver mounts its own folder over itself too.
      spawnSync("podman", ["rm", "--all", "--force"], { env });
      spawnSync("umount", ["--recursive", join(graphRoot, "overlay")]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Runs a command of buildah's to its end. @returns What it printed. @throws Error with what it complained of. */
export function buildah(storage: ImageStorage, args: readonly string[]): string {
  return execFileSync("buildah", args, {
    env: storage.env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  }).trim();
}
