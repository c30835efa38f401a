import { spawnSync } from "node:child_process";
import { chmod, cp, mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createTemporaryDirectory, type RunningProcess, startProcess } from "@redis-operator/testbed";
import { type Copy, type ImageDescription, parseDockerfile } from "../images/dockerfile.ts";

/** What an image holds beside its base, laid out in a folder of its own. */
export interface LaidOutImage extends AsyncDisposable {
  /** In place of the image's root. */
  readonly path: string;
  /** Starts the image's entry point as its user, with its environment and `env`, and arguments after its own. */
  start(env: Readonly<Record<string, string>>, args?: readonly string[]): Promise<RunningProcess>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const tini = spawnSync("sh", ["-c", "command -v tini"], { encoding: "utf8" }).stdout.trim();

/** Whether this machine has the tini that an image is started with. */
export const hasTini = tini !== "";

/** Reads `Dockerfile.<name>`. */
export async function describeImage(name: "instance" | "sentinel"): Promise<ImageDescription> {
  return parseDockerfile(await readFile(join(root, `Dockerfile.${name}`), "utf8"));
}

/** Copies together what the last stage of `Dockerfile.<name>` does. */
export async function layOutImage(name: "instance" | "sentinel"): Promise<LaidOutImage> {
  const image = await describeImage(name);
  const folder = await createTemporaryDirectory("image");
  // Another user has to find its way in, and to write nothing.
  await chmod(folder.path, 0o755);
  for (const copy of image.copies) {
    const target = join(folder.path, copy.target);
    await mkdir(dirname(target), { recursive: true });
    await cp(locate(copy), target, { recursive: true, dereference: true });
  }
  const [program = "", ...programArgs] = image.entrypoint;

  return {
    path: folder.path,
    start(env, args = image.command) {
      const path = `${join(folder.path, "usr/local/bin")}:${process.env["PATH"]}`;
      const [command = "", ...commandArgs] = [...asUser(image.user), program, ...programArgs, ...args];
      return startProcess({
        command,
        args: commandArgs,
        cwd: join(folder.path, image.workdir),
        // Here tini is not PID 1, and has to ask for what that would give it.
        env: { PATH: path, TINI_SUBREAPER: "1", ...image.env, ...env },
      });
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Where this machine has what a stage of the build has. */
function locate({ stage, source }: Copy): string {
  if (stage === "build" && source.startsWith("/src/")) return join(root, source.slice("/src/".length));
  if (stage === "node" && source.endsWith("/node")) return process.execPath;
  if (stage === "node" && source.endsWith("/LICENSE")) return join(root, "LICENSE");
  if (stage === "tini" && source.endsWith("/docker-init")) return tini;
  throw new Error(`${source} of the stage ${stage}: nothing on this machine stands in for it`);
}

/** Only root can become another user. */
function asUser(user: string): readonly string[] {
  if (process.getuid?.() !== 0) return [];
  const [uid, gid] = user.split(":");
  return ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", "--"];
}
