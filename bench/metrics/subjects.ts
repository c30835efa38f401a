import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createTemporaryDirectory,
  freePort,
  type RedisServer,
  startManager,
  startProcess,
  waitFor,
} from "@redis-operator/testbed";

/** Something that can be scraped about a Redis. */
export interface Subject {
  readonly name: string;
  readonly pid: number;
  readonly url: string;
}

/** Starts everything that is compared, about one Redis. */
export async function startSubjects(
  redis: RedisServer,
  started: AsyncDisposableStack,
): Promise<readonly Subject[]> {
  const own = await startOwn("instance manager", { redis, started });
  return [
    own,
    await startOwn("instance manager, every stage on", {
      redis,
      started,
      env: { METRICS_SLOW_LOG_ENABLED: "true", METRICS_LATENCY_HISTOGRAMS_ENABLED: "true" },
    }),
    await startExporter(redis, started),
    await startBare(own, started),
  ];
}

/** The version of the exporter that is installed. */
export function readExporterVersion(): string {
  const { stdout, stderr } = spawnSync("prometheus-redis-exporter", ["--version"], { encoding: "utf8" });
  return /Exporter (\S+)/.exec(stdout + stderr)?.[1] ?? "unknown";
}

async function startOwn(
  name: string,
  options: {
    readonly redis: RedisServer;
    readonly started: AsyncDisposableStack;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<Subject> {
  const { redis, started, env = {} } = options;
  const manager = started.use(
    await startManager({
      app: "instance-manager",
      env: {
        REDIS_SUPERVISE: "false",
        REDIS_PORT: String(redis.port),
        CLUSTER_NAME: "orders",
        POD_NAMESPACE: "shop",
        POD_NAME: "orders-0",
        LOG_LEVEL: "warn",
        ...env,
      },
    }),
  );
  return { name, pid: manager.process.pid, url: `${manager.url}/metrics` };
}

/** Node's own server with the answer of another subject: what nobody who answers so much in Node can do without. */
async function startBare(subject: Subject, started: AsyncDisposableStack): Promise<Subject> {
  const directory = started.use(await createTemporaryDirectory("bench"));
  const file = join(directory.path, "metrics.txt");
  await writeFile(file, await (await fetch(subject.url)).text());
  const port = await freePort();
  const server = started.use(
    await startProcess({
      command: process.execPath,
      args: [fileURLToPath(new URL("./bare-server.cjs", import.meta.url))],
      env: { PATH: process.env["PATH"], HTTP_PORT: String(port), BODY_FILE: file },
    }),
  );
  const url = `http://127.0.0.1:${port}/metrics`;
  await waitFor(async () => (await fetch(url)).ok, { what: "the bare server" });
  return { name: "bare node:http, the same bytes", pid: server.pid, url };
}

async function startExporter(redis: RedisServer, started: AsyncDisposableStack): Promise<Subject> {
  const port = await freePort();
  const exporter = started.use(
    await startProcess({
      command: "prometheus-redis-exporter",
      args: ["-redis.addr", `redis://127.0.0.1:${redis.port}`, "-web.listen-address", `127.0.0.1:${port}`],
    }),
  );
  const url = `http://127.0.0.1:${port}`;
  await waitFor(async () => (await fetch(`${url}/health`)).ok, { what: "the exporter" });
  return { name: "redis_exporter", pid: exporter.pid, url: `${url}/metrics` };
}
