import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  listChildren,
  type NetworkHost,
  nodeEnvironment,
  nodeFlags,
  type RunningProcess,
  startProcess,
} from "@redis-operator/testbed";
import { expandReferences } from "../expand-references.ts";
import { type Cluster, downward } from "./cluster.ts";
import type { Container, StatefulSet } from "./stateful-set.ts";

const runContainer = fileURLToPath(new URL("run-container.sh", import.meta.url));
const apps = fileURLToPath(new URL("../../../apps", import.meta.url));
const toolsPath = "/tools/node:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// What the images bring.
const entryPoint = ["tini", "--", "node", ...nodeFlags, "dist/main.cjs"];

/** A pod: a host with an address, and the process of its container. */
export interface Pod {
  readonly name: string;
  readonly host: NetworkHost;
  output(): string;
  /** Ends it as a crash of its node does: at once, and with everything that it started. */
  kill(): Promise<void>;
  /** Tells its container to end, as the kubelet does first. */
  terminate(): void;
  /** Settles when the container that was started last has ended with all that was in it. */
  exited(): Promise<unknown>;
  /** The first process of its container, as this machine numbers it; `undefined` while there is none. */
  containerPid(): number | undefined;
  /** Starts the container again in the same pod, as the kubelet does. */
  restart(): Promise<void>;
}

/** Starts a pod of a StatefulSet, which has one container, on a host. */
export async function startPod(
  cluster: Cluster,
  set: StatefulSet,
  { ordinal, host, app }: { readonly ordinal: number; readonly host: NetworkHost; readonly app: string },
): Promise<Pod> {
  const name = `${set.metadata.name}-${ordinal}`;
  const { containers, volumes } = set.spec.template.spec;
  cluster.place(name, { serviceName: set.spec.serviceName, host });

  async function mountsOf(container: Container): Promise<string> {
    const mounts = await Promise.all(
      container.volumeMounts.map(async ({ name: volumeName, mountPath, readOnly }) => {
        const volume = volumes.find((candidate) => candidate.name === volumeName) ?? { name: volumeName };
        return [await cluster.volumeDir(name, volume), mountPath, readOnly ? "ro" : "rw"];
      }),
    );
    const { kubernetes } = cluster;
    const image = [
      ...(kubernetes === undefined || app !== "instance-manager"
        ? []
        : [[kubernetes.serviceAccountDir, "/var/run/secrets/kubernetes.io/serviceaccount", "ro"]]),
      [join(apps, app, "dist"), "/app/dist", "ro"],
      [dirname(process.execPath), "/tools/node", "ro"],
      [cluster.hostsFile, "/etc/hosts", "ro"],
    ];
    const file = join(cluster.dir, `${name}-${container.name}.mounts`);
    await writeFile(file, [...image, ...mounts].map((mount) => `${mount.join(" ")}\n`).join(""));
    return file;
  }

  async function run(container: Container): Promise<RunningProcess> {
    const root = join(cluster.dir, `${name}-root`);
    await mkdir(root, { recursive: true });
    const mounts = await mountsOf(container);
    const variables = new Map(
      Object.entries({
        // As both images set it: the user has none of its own.
        HOME: "/app",
        ...nodeEnvironment,
        ...(cluster.kubernetes !== undefined && {
          KUBERNETES_SERVICE_HOST: cluster.kubernetes.host,
          KUBERNETES_SERVICE_PORT: String(cluster.kubernetes.port),
        }),
      }),
    );
    for (const { name: variable, value, valueFrom } of container.env) {
      const text = value ?? downward(valueFrom?.fieldRef.fieldPath ?? "", { podName: name, ip: host.ip });
      variables.set(variable, expandReferences(text, variables));
    }
    const { command, args } = host.command("unshare", [
      "--mount",
      "--pid",
      "--fork",
      "sh",
      runContainer,
      root,
      mounts,
      "env",
      "--chdir=/app",
      "--ignore-environment",
      `PATH=${toolsPath}`,
      ...Array.from(variables, ([variable, text]) => `${variable}=${text}`),
      ...entryPoint,
    ]);
    return startProcess({ command, args });
  }

  async function start(): Promise<RunningProcess> {
    const [container] = containers;
    if (container === undefined) throw new Error(`${name} has no container`);
    return run(container);
  }

  let running = await start();
  let past = "";
  return {
    name,
    host,
    output: () => past + running.output(),
    async kill() {
      signalContainer(running.pid, "SIGKILL");
      await running.exited;
    },
    terminate: () => signalContainer(running.pid, "SIGTERM"),
    exited: () => running.exited,
    containerPid: () => listChildren(running.pid)[0],
    async restart() {
      past += running.output();
      running = await start();
    },
  };
}

/** Sends a signal to the first process of the PID namespace that `unshare` has made; if it is killed, all that are in it are. */
function signalContainer(unsharePid: number, signal: "SIGTERM" | "SIGKILL"): void {
  for (const pid of listChildren(unsharePid)) process.kill(pid, signal);
}
