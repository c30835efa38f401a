import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildah, type ImageStorage } from "./storage.ts";

/** Images that stand in for those of bases.json, by the build argument that takes them. */
export interface StandIns {
  readonly NODE_IMAGE: string;
  readonly TINI_IMAGE: string;
  /** By the server: Debian's own packages of it. */
  readonly REDIS_IMAGE: { readonly redis: string; readonly valkey: string };
}

const license = fileURLToPath(new URL("../../LICENSE", import.meta.url));
const certificates = "/etc/ssl/certs/ca-certificates.crt";

/**
 * Makes bases out of Debian's packages and the npm registry, for a machine that reaches no image registry: Redis 8.0,
 * Valkey 8.1 and Debian 13 in place of Redis 7.2 and Debian 12; Node is the same.
 */
export function makeStandIns(storage: ImageStorage): StandIns {
  const debian = makeDebian(storage);
  return {
    NODE_IMAGE: makeNode(storage, debian),
    TINI_IMAGE: commit(storage, "tini", { from: "scratch" }, [
      ["copy", "/usr/bin/tini-static", "/usr/local/bin/docker-init"],
    ]),
    REDIS_IMAGE: {
      redis: makeServer(storage, debian, "redis"),
      valkey: makeServer(storage, debian, "valkey"),
    },
  };
}

function makeDebian(storage: ImageStorage): string {
  const archive = join(storage.dir, "debian.tar");
  const packages = ["redis-server", "redis-sentinel", "valkey-server", "valkey-sentinel"].join(",");
  const args = ["--quiet", "--variant=minbase", `--include=${packages}`, "trixie", archive];
  execFileSync("mmdebstrap", args, { stdio: ["ignore", "inherit", "inherit"] });
  return commit(storage, "debian", { from: "scratch" }, [["add", archive, "/"]]);
}

/** As the official images are: the server's user has 999, and what starts by itself is the server. */
function makeServer(storage: ImageStorage, debian: string, server: "redis" | "valkey"): string {
  const user = [
    `userdel ${server}`,
    `groupadd --system --gid 999 ${server}`,
    `useradd --system --gid ${server} --uid 999 ${server}`,
    `mkdir /data`,
    `chown ${server}:${server} /data`,
  ].join(" && ");
  return commit(storage, server, { from: debian }, [
    ["run", "sh", "-c", user],
    ["config", "--entrypoint", '["docker-entrypoint.sh"]'],
    ["config", "--cmd", `${server}-server`],
    ["config", "--volume", "/data"],
  ]);
}

function makeNode(storage: ImageStorage, debian: string): string {
  const npm = join(storage.dir, "npm");
  execFileSync("npm", ["install", "--global", "--prefix", npm, "npm@11"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return commit(storage, "node", { from: debian }, [
    ["copy", npm, "/usr/local"],
    ["copy", process.execPath, "/usr/local/bin/node"],
    ["copy", license, "/usr/local/LICENSE"],
    // What this machine trusts on its way to the npm registry.
    ...(existsSync(certificates)
      ? [
          ["copy", certificates, certificates],
          ["config", "--env", `NODE_EXTRA_CA_CERTS=${certificates}`],
        ]
      : []),
  ]);
}

/** Makes an image by buildah's commands, each without the container that it is about. @returns Its name. */
function commit(
  storage: ImageStorage,
  name: string,
  { from }: { readonly from: string },
  steps: readonly (readonly string[])[],
): string {
  const image = `localhost/stand-in/${name}`;
  const container = buildah(storage, ["from", from]);
  for (const [command = "", ...args] of steps) {
    const isSetting = command === "config";
    buildah(storage, isSetting ? [command, ...args, container] : [command, container, ...args]);
  }
  buildah(storage, ["commit", "--quiet", "--rm", container, image]);
  return image;
}
