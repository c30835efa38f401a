import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleApp } from "@redis-operator/bundle";
import {
  createTemporaryDirectory,
  freePort,
  nodeEnvironment,
  nodeFlags,
  type RunningProcess,
  startKubernetesApi,
  startProcess,
} from "@redis-operator/testbed";

/** Something whose footprint is measured; each life of it begins with nothing. */
export interface Subject {
  readonly name: string;
  /** Whether it answers `GET /metrics`. */
  readonly hasMetrics: boolean;
  start(): Promise<Life>;
}

/** A process of a subject. */
export interface Life extends AsyncDisposable {
  readonly process: RunningProcess;
  readonly url: string;
  /** By `performance.now()`. */
  readonly startedAt: number;
}

type Environment = Readonly<Record<string, string>>;

/** Everything that is compared. What the managers are told in a pod is told them here: their own Redis, an API server over TLS. */
export async function createSubjects(started: AsyncDisposableStack): Promise<readonly Subject[]> {
  const api = started.use(await startKubernetesApi());
  api.setRedisClusters({ orders: { status: { currentPrimary: "orders-0" } } });
  api.setPods([{ name: "orders-0", cluster: "orders", ip: "127.0.0.1" }]);
  const inPod = {
    CLUSTER_NAME: "orders",
    POD_NAMESPACE: api.namespace,
    POD_NAME: "orders-0",
    POD_IP: "127.0.0.1",
    KUBERNETES_SERVICE_HOST: "127.0.0.1",
    KUBERNETES_SERVICE_PORT: String(api.port),
    SERVICE_ACCOUNT_DIR: api.serviceAccountDir,
  };
  const instance = bundleOf("instance-manager");
  const libraries = started.use(await createTemporaryDirectory("libraries"));
  await bundleApp({ entryPoints: [pathOf("./libraries.ts")], outdir: libraries.path });
  return [
    { name: "bare node:http", hasMetrics: false, start: () => startNode([pathOf("./bare-server.cjs")], {}) },
    {
      name: "the libraries alone",
      hasMetrics: false,
      start: () => startNode([...nodeFlags, join(libraries.path, "libraries.cjs")], nodeEnvironment),
    },
    {
      name: "sentinel manager",
      hasMetrics: false,
      start: () => startNode([...nodeFlags, bundleOf("sentinel-manager")], nodeEnvironment),
    },
    {
      name: "instance manager",
      hasMetrics: true,
      start: () => startNode([...nodeFlags, instance], nodeEnvironment),
    },
    {
      name: "instance manager, in a pod",
      hasMetrics: true,
      start: () => startNode([...nodeFlags, instance], { ...nodeEnvironment, ...inPod }),
    },
    {
      name: "instance manager, Node's default flags",
      hasMetrics: true,
      start: () => startNode([instance], {}),
    },
  ];
}

/** The instance manager as its image starts it, and with each of the image's settings left out. */
export function createSettingSubjects(): readonly Subject[] {
  const variants = [
    { name: "all settings", flags: nodeFlags, env: nodeEnvironment },
    {
      name: "without --no-opt --no-maglev",
      flags: flagsWithout("--no-opt", "--no-maglev"),
      env: nodeEnvironment,
    },
    {
      name: "without --max-semi-space-size=1",
      flags: flagsWithout("--max-semi-space-size=1"),
      env: nodeEnvironment,
    },
    {
      name: "without --bytecode-old-age=1 --flush-baseline-code",
      flags: flagsWithout("--bytecode-old-age=1", "--flush-baseline-code"),
      env: nodeEnvironment,
    },
    { name: "without --expose-gc", flags: flagsWithout("--expose-gc"), env: nodeEnvironment },
    { name: "without MALLOC_MMAP_THRESHOLD_", flags: nodeFlags, env: {} },
  ];
  return variants.map(({ name, flags, env }) => ({
    name,
    hasMetrics: true,
    start: () => startNode([...flags, bundleOf("instance-manager")], env),
  }));
}

function flagsWithout(...left: readonly string[]): readonly string[] {
  return nodeFlags.filter((flag) => !left.includes(flag));
}

async function startNode(args: readonly string[], env: Environment): Promise<Life> {
  const folder = await createTemporaryDirectory("footprint");
  const [port, redisPort] = [await freePort(), await freePort()];
  const startedAt = performance.now();
  const process = await startProcess({
    command: globalThis.process.execPath,
    args,
    env: {
      PATH: globalThis.process.env["PATH"],
      HTTP_PORT: String(port),
      REDIS_PORT: String(redisPort),
      DATA_DIR: folder.path,
      LOG_LEVEL: "warn",
      ...env,
    },
  });
  return {
    process,
    url: `http://127.0.0.1:${port}`,
    startedAt,
    async [Symbol.asyncDispose]() {
      await process.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function bundleOf(app: "instance-manager" | "sentinel-manager"): string {
  return pathOf(`../../apps/${app}/dist/main.cjs`);
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
