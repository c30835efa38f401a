import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInstanceClient, createSentinelClient } from "@redis-operator/client";
import { freePort, Hopeless, startProcess, waitFor } from "@redis-operator/testbed";
import { createPodFolders, type PodFolders } from "./pod-folders.ts";

/** The two servers that the images are built on. */
export type Server = "redis" | "valkey";

/** A process of a container, as this machine sees it. */
export interface ContainerProcess {
  readonly pid: number;
  readonly name: string;
  /** `Z` is a zombie. */
  readonly state: string;
}

/** An image that runs as a pod with the strictest security context would have it run. */
export interface Container extends AsyncDisposable {
  readonly port: number;
  readonly redisPort: number;
  /** PID 1 of the container, by its id on this machine. */
  readonly pid: number;
  processes(): readonly ContainerProcess[];
  exec(command: readonly string[]): string;
  /** Settles with the exit code when it has ended: 137 after SIGKILL. */
  readonly exited: Promise<number | null>;
  /** SIGTERM, and SIGKILL after the grace period. */
  stop(options: { readonly graceSeconds: number }): Promise<number | null>;
}

/** As docs/images.md has it; the limits are those that a root without CAP_SYS_RESOURCE can give. */
const strict = [
  "--network=host",
  "--read-only",
  "--read-only-tmpfs=false",
  "--cap-drop=all",
  "--security-opt=no-new-privileges",
  "--ulimit=nofile=4096:4096",
  "--ulimit=nproc=4096:4096",
];

// What podman takes by itself, crun, refuses a machine with both versions of cgroups.
const runtime = ["--runtime", "runc"];

/**
 * Starts `localhost/<app>-<server>` and waits until its manager answers that it is ready.
 *
 * @param options.folders - Stay beyond the container; unset: it has folders of its own.
 * @param options.user - `uid:gid` in place of the image's.
 */
export async function startContainer(
  app: "instance" | "sentinel",
  server: Server,
  options: { readonly folders?: PodFolders; readonly user?: string } = {},
): Promise<Container> {
  const stack = new AsyncDisposableStack();
  const folders = options.folders ?? stack.use(await createPodFolders(undefined));
  const [port, redisPort] = [await freePort(), await freePort()];
  const settings = [
    `--env=HTTP_PORT=${port}`,
    `--env=REDIS_PORT=${redisPort}`,
    `--volume=${folders.data}:/data`,
    `--volume=${folders.credentials}:/backup-credentials:ro`,
    ...(options.user === undefined ? [] : [`--user=${options.user}`]),
  ];
  const name = `redis-manager-${randomUUID()}`;
  const run = await startProcess({
    command: "podman",
    args: [...runtime, "run", "--name", name, ...strict, ...settings, `localhost/${app}-${server}`],
  });
  const exited = run.exited.then(({ code }) => code);

  stack.use(run);
  stack.defer(() => void podman(["rm", "--force", "--ignore", "--volumes", name]));
  const create = app === "instance" ? createInstanceClient : createSentinelClient;
  const client = create({ host: "127.0.0.1", port });
  try {
    await waitFor(
      async () => {
        if (run.hasExited()) throw new Hopeless(`${app} on ${server} ended at start:\n${run.output()}`);
        return (await client.readyz()).ok;
      },
      { what: `${app} on ${server} to be ready`, timeoutMs: 30_000 },
    );
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
  return {
    port,
    redisPort,
    pid: Number(podman(["inspect", "--format", "{{.State.Pid}}", name])),
    processes: () => listProcesses(name),
    exec: (command) => podman(["exec", name, ...command]),
    exited,
    stop({ graceSeconds }) {
      podman(["stop", "--time", String(graceSeconds), name]);
      return exited;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** What the configuration of an image says, as podman's template reads it. */
export function inspectImage(image: string, template: string): string {
  return podman(["image", "inspect", "--format", template, image]);
}

function listProcesses(container: string): readonly ContainerProcess[] {
  const pids = podman(["top", container, "hpid"]).split("\n").slice(1).map(Number);
  return pids.flatMap((pid) => {
    const [, name, state] = /^\d+ \((.*)\) (\S)/.exec(readStat(pid)) ?? [];
    return name === undefined || state === undefined ? [] : [{ pid, name, state }];
  });
}

function readStat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    // It has ended since it was listed.
    return "";
  }
}

function podman(args: readonly string[]): string {
  return execFileSync("podman", [...runtime, ...args], { encoding: "utf8" }).trim();
}
