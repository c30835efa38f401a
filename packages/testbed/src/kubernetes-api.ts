import { writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createServerCertificate } from "./certificate.ts";
import { type Listener, listenOn } from "./listen.ts";
import { createTemporaryDirectory } from "./temporary-directory.ts";

/**
 * How the stand-in behaves: as an API server does (`ok`); refuses everything with a status; accepts connections and
 * never answers (`stalled`) or closes them (`closes`); never ends its head (`slow-head`) or its body (`slow-body`);
 * sends a body without an end at full speed (`endless-body`) or one that isn't JSON (`no-json`); speaks HTTP without
 * TLS (`plain-http`).
 */
export type KubernetesApiMode =
  | "ok"
  | 401
  | 403
  | 429
  | 500
  | "stalled"
  | "closes"
  | "slow-head"
  | "slow-body"
  | "endless-body"
  | "no-json"
  | "plain-http";

/** A data pod of a cluster as the stand-in lists it. */
export interface PodFixture {
  readonly name: string;
  readonly cluster: string;
  readonly ip?: string;
  readonly workload?: "data" | "sentinel";
  readonly phase?: string;
  readonly isBeingDeleted?: boolean;
}

/** A request that the stand-in received. */
interface RecordedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly authorization: string | undefined;
}

/** Where the stand-in listens, and the namespace of all its objects. */
export interface KubernetesApiServerOptions {
  readonly host?: string;
  readonly namespace?: string;
}

/** An HTTPS server that answers as the Kubernetes API server does, for one namespace. */
export interface KubernetesApiServer extends Listener {
  readonly namespace: string;
  /** Folder with `token`, `ca.crt` and `namespace`, as the kubelet mounts it. */
  readonly serviceAccountDir: string;
  readonly caFile: string;
  readonly requests: readonly RecordedRequest[];
  /** From the next connection on. */
  setMode(mode: KubernetesApiMode): void;
  /** RedisClusters by name, as JSON; all others answer 404. */
  setRedisClusters(clusters: Readonly<Record<string, unknown>>): void;
  setPods(pods: readonly PodFixture[]): void;
  /** Makes a new token valid, in the folder too, and the one before invalid. */
  rotateToken(): Promise<void>;
}

/** Starts the stand-in on loopback, in mode `ok`, with no objects. */
export async function startKubernetesApi(
  options: KubernetesApiServerOptions = {},
): Promise<KubernetesApiServer> {
  const { host = "127.0.0.1", namespace = "default" } = options;
  const certificate = await createServerCertificate();
  const account = await createTemporaryDirectory("service-account");
  const requests: RecordedRequest[] = [];
  let mode: KubernetesApiMode = "ok";
  let tokenNumber = 0;
  let clusters: Readonly<Record<string, unknown>> = {};
  let pods: readonly PodFixture[] = [];

  const token = () => `token-${tokenNumber}`;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = "", url = "", headers } = request;
    requests.push({ method, url, authorization: headers.authorization });
    if (mode === "slow-head") return trickle(request.socket, "HTTP/1.1 200 OK\r\nx: ");
    if (mode === "slow-body") return trickle(response, "{");
    if (mode === "endless-body") return flood(response);
    if (mode === "no-json") return void response.end("<html>not for you</html>");
    if (typeof mode === "number") return sendStatus(response, mode);
    const { pathname, searchParams } = new URL(url, "https://kubernetes");
    if (pathname === "/livez") return void response.end("ok");
    if (headers.authorization !== `Bearer ${token()}`) return sendStatus(response, 401);
    const [, resource, name = ""] =
      new RegExp(`/namespaces/${namespace}/([a-z]+)/?(.*)$`).exec(pathname) ?? [];
    if (resource === "pods" && name === "") return sendJson(response, 200, listPods(pods, searchParams));
    const cluster = resource === "redisclusters" ? clusters[name] : undefined;
    return cluster === undefined ? sendStatus(response, 404) : sendJson(response, 200, cluster);
  }

  const https = createHttpsServer(certificate, answer);
  const http = createHttpServer(answer);
  // A client that doesn't trust the certificate ends the handshake.
  https.on("tlsClientError", () => undefined);

  function accept(socket: Socket): void {
    // Reads nothing into an answer, but notices when the client goes away.
    if (mode === "stalled") return void socket.resume();
    if (mode === "closes") return void socket.destroy();
    (mode === "plain-http" ? http : https).emit("connection", socket);
  }

  const writeToken = () => writeFile(join(account.path, "token"), `${token()}\n`);
  const caFile = join(account.path, "ca.crt");
  await Promise.all([
    writeToken(),
    writeFile(caFile, certificate.ca),
    writeFile(join(account.path, "namespace"), namespace),
  ]);
  const listener = await listenOn(createServer(accept), host);

  async function stop(): Promise<void> {
    await listener.stop();
    await account[Symbol.asyncDispose]();
  }
  return {
    ...listener,
    namespace,
    serviceAccountDir: account.path,
    caFile,
    requests,
    setMode: (next) => void (mode = next),
    setRedisClusters: (next) => void (clusters = next),
    setPods: (next) => void (pods = next),
    async rotateToken() {
      tokenNumber += 1;
      await writeToken();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function listPods(pods: readonly PodFixture[], query: URLSearchParams): unknown {
  const selected = pods.filter((pod) => {
    const labels = `redis.io/cluster=${pod.cluster},redis.io/workload=${pod.workload ?? "data"}`;
    return query.get("labelSelector") === labels;
  });
  const start = Number(query.get("continue") ?? 0);
  const end = start + Number(query.get("limit") ?? selected.length);
  return {
    kind: "PodList",
    metadata: end < selected.length ? { continue: String(end) } : {},
    items: selected.slice(start, end).map(({ name, ip, phase = "Running", isBeingDeleted }) => ({
      metadata: { name, ...(isBeingDeleted && { deletionTimestamp: "2026-01-01T00:00:00Z" }) },
      status: { phase, ...(ip !== undefined && { podIP: ip }) },
    })),
  };
}

const reasons: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  429: "TooManyRequests",
  500: "InternalError",
};

function sendStatus(response: ServerResponse, code: number): void {
  sendJson(response, code, { kind: "Status", code, reason: reasons[code], message: `refused with ${code}` });
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

const tricklePauseMs = 10;

function trickle(target: Socket | ServerResponse, beginning: string): void {
  target.write(beginning);
  const timer = setInterval(() => target.write(" "), tricklePauseMs);
  target.once("close", () => clearInterval(timer));
}

const floodBlock = " ".repeat(64 * 1024);

function flood(response: ServerResponse): void {
  const fill = () => {
    while (response.write(floodBlock));
  };
  response.on("drain", fill);
  fill();
}
