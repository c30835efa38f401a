import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { get as getPlainly } from "node:http";
import { get as getThroughTls } from "node:https";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  createServerCertificate,
  createTemporaryDirectory,
  freePort,
  Hopeless,
  type RunningProcess,
  startProcess,
  waitFor,
} from "@redis-operator/testbed";
import {
  deviceName,
  type ProxyServer,
  renderConfiguration,
  storageServers,
  type StorageServer,
  type SwiftNode,
} from "./configuration.ts";

const run = promisify(execFile);

/** An OpenStack Swift that speaks S3. */
export interface Swift extends AsyncDisposable {
  /** URLs for path-style requests: of one store, over http and over https. */
  readonly endpoints: { readonly http: string; readonly https: string };
  /** File with the certificate, in PEM, that signed the one of the https endpoint. */
  readonly caFile: string;
  readonly region: string;
  /** The only key pair that it accepts. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * Starts a Swift of one node on loopback: proxy, account, container and object server, with all they store in a folder
 * that is removed with them.
 *
 * @throws Error with a server's output if it doesn't come up.
 */
export async function startSwift(): Promise<Swift> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await createTemporaryDirectory("swift"));
  const swiftDir = join(folder.path, "etc");
  await mkdir(swiftDir);
  const { caFile, ...certificate } = await writeCertificate(swiftDir);
  const node: SwiftNode = {
    swiftDir,
    devicesDir: join(folder.path, "devices"),
    user: userInfo().username,
    ports: {
      account: await freePort(),
      container: await freePort(),
      object: await freePort(),
      proxy: await freePort(),
      "tls-proxy": await freePort(),
      cache: await freePort(),
    },
    credentials: { accessKeyId: "test:tester", secretAccessKey: randomBytes(16).toString("hex") },
    region: "us-east-1",
    certificate,
  };
  await mkdir(join(node.devicesDir, deviceName), { recursive: true });
  for (const [name, text] of Object.entries(renderConfiguration(node))) {
    await writeFile(join(swiftDir, name), text, { mode: 0o600 });
  }
  await Promise.all(storageServers.map((server) => buildRing(node, server)));
  started.use(await startCache(node));
  await Promise.all(storageServers.map((server) => startServer(node, server, started)));
  await Promise.all((["proxy", "tls-proxy"] as const).map((server) => startServer(node, server, started)));

  const running = started.move();
  return {
    endpoints: {
      http: `http://127.0.0.1:${node.ports.proxy}`,
      https: `https://127.0.0.1:${node.ports["tls-proxy"]}`,
    },
    caFile,
    region: node.region,
    credentials: node.credentials,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** A ring says which device holds what: here one replica of everything on the only device. */
async function buildRing(node: SwiftNode, server: StorageServer): Promise<void> {
  const build = async (...args: readonly string[]) =>
    await run("swift-ring-builder", [join(node.swiftDir, `${server}.builder`), ...args]);
  const [partPower, replicas, minHoursBetweenMoves] = ["4", "1", "1"];
  await build("create", partPower, replicas, minHoursBetweenMoves);
  await build("add", `r1z1-127.0.0.1:${node.ports[server]}/${deviceName}`, "1");
  await build("rebalance");
}

function startCache({ ports, user }: SwiftNode): Promise<RunningProcess> {
  return startProcess({
    command: "memcached",
    args: ["-l", "127.0.0.1", "-p", String(ports.cache), "-u", user],
  });
}

async function startServer(
  node: SwiftNode,
  server: StorageServer | ProxyServer,
  started: AsyncDisposableStack,
): Promise<void> {
  const command = `swift-${server === "tls-proxy" ? "proxy" : server}-server`;
  const running = started.use(
    await startProcess({ command, args: [join(node.swiftDir, `${server}.conf`), "--verbose"] }),
  );
  const url = new URL(
    `${server === "tls-proxy" ? "https" : "http"}://127.0.0.1:${node.ports[server]}/healthcheck`,
  );
  await waitFor(
    async () => {
      if (running.hasExited()) throw new Hopeless(`${command} ended at start:\n${running.output()}`);
      return await isHealthy(url);
    },
    { what: `${command} on ${url.host}` },
  );
}

/** Whether a server answers; who it is doesn't matter yet. */
function isHealthy(url: URL): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const get = url.protocol === "https:" ? getThroughTls : getPlainly;
  const request = get(url, { rejectUnauthorized: false, timeout: 1_000 }, (response) => {
    response.resume();
    resolve(response.statusCode === 200);
  });
  request.on("timeout", () => request.destroy(new Error("no answer")));
  request.on("error", reject);
  return promise;
}

async function writeCertificate(dir: string) {
  const { ca, cert, key } = await createServerCertificate();
  const files = {
    caFile: join(dir, "ca.pem"),
    certFile: join(dir, "cert.pem"),
    keyFile: join(dir, "key.pem"),
  };
  await writeFile(files.caFile, ca);
  await writeFile(files.certFile, cert);
  await writeFile(files.keyFile, key, { mode: 0o600 });
  return files;
}
