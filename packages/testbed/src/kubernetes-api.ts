import { writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createServerCertificate } from "./certificate.ts";
import {
  type ApiObject,
  createKubernetesStore,
  type KubernetesStore,
  type StoredObject,
} from "./kubernetes-store.ts";
import { answerPatch, parsePatchTarget, patchRedisCluster } from "./kubernetes-patch.ts";
import { listPage, sendJson, sendStatus } from "./kubernetes-reply.ts";
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
  /** From the next connection on. Open watches are silent in every mode but `ok`, and told then what they missed. */
  setMode(mode: KubernetesApiMode): void;
  /** How a watch is answered: as it should be, with 403, or as if it were a read. */
  setWatchMode(mode: "ok" | "forbidden" | "ignored"): void;
  /** Refuses the next watches, so many of them, as one does that has just started. */
  refuseWatches(times: number): void;
  /** What a refusal asks for in `Retry-After`, in seconds; unset at first. */
  setRetryAfter(seconds: number | undefined): void;
  /** RedisClusters by name, as JSON objects; all others answer 404. */
  setRedisClusters(clusters: Readonly<Record<string, unknown>>): void;
  /** A RedisCluster as it is now; `undefined` if there is none. */
  redisCluster(name: string): ApiObject | undefined;
  /** Changes one by a JSON merge patch, its status left out. */
  patchRedisCluster(name: string, patch: ApiObject): void;
  /** Calls `listener` whenever somebody has patched a RedisCluster, before they are answered. */
  onPatched(listener: () => void): void;
  setPods(pods: readonly PodFixture[]): void;
  /** What to do with open watches and their past. */
  readonly watches: Pick<
    KubernetesStore,
    "endWatches" | "expireVersions" | "sendBookmarks" | "setSilent" | "watches"
  >;
  /** Makes a new token valid, in the folder too, and the one before invalid. */
  rotateToken(): Promise<void>;
}

/** Starts the stand-in on loopback, in mode `ok`, with no objects. */
export async function startKubernetesApi(
  options: KubernetesApiServerOptions = {},
): Promise<KubernetesApiServer> {
  const { host = "127.0.0.1", namespace = "default" } = options;
  const certificate = await createServerCertificate({ ips: [host] });
  const account = await createTemporaryDirectory("service-account");
  const requests: RecordedRequest[] = [];
  let mode: KubernetesApiMode = "ok";
  let tokenNumber = 0;
  let watchMode: "ok" | "forbidden" | "ignored" = "ok";
  let watchesToRefuse = 0;
  let retryAfter: number | undefined;
  let onPatched: (() => void) | undefined;
  const store = createKubernetesStore();

  const token = () => `token-${tokenNumber}`;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = "", url = "", headers } = request;
    requests.push({ method, url, authorization: headers.authorization });
    if (mode === "slow-head") return trickle(request.socket, "HTTP/1.1 200 OK\r\nx: ");
    if (mode === "slow-body") return trickle(response, "{");
    if (mode === "endless-body") return flood(response);
    if (mode === "no-json") return void response.end("<html>not for you</html>");
    if (typeof mode === "number") {
      if (retryAfter !== undefined) response.setHeader("retry-after", retryAfter);
      return sendStatus(response, mode);
    }
    const { pathname, searchParams } = new URL(url, "https://kubernetes");
    if (pathname === "/livez") return void response.end("ok");
    if (headers.authorization !== `Bearer ${token()}`) return sendStatus(response, 401);
    const [, collection, name = ""] =
      new RegExp(`/namespaces/${namespace}/([a-z]+)/?(.*)$`).exec(pathname) ?? [];
    if (collection !== "pods" && collection !== "redisclusters") return sendStatus(response, 404);
    const selection = {
      collection,
      labelSelector: searchParams.get("labelSelector"),
      fieldSelector: searchParams.get("fieldSelector"),
    } as const;
    if (method === "PATCH" && collection === "redisclusters") {
      return void answerPatch(request, response, { store, onPatched, ...parsePatchTarget(name) });
    }
    if (name !== "") {
      const object = store.find(collection, name);
      return object === undefined ? sendStatus(response, 404) : sendJson(response, 200, object);
    }
    if (searchParams.get("watch") === null || watchMode === "ignored") {
      return sendJson(response, 200, listPage(store.list(selection), { query: searchParams, store }));
    }
    if (watchMode === "forbidden") return sendStatus(response, 403);
    if (watchesToRefuse > 0) {
      watchesToRefuse -= 1;
      return sendStatus(response, 403);
    }
    return store.watch(response, {
      ...selection,
      from: searchParams.get("resourceVersion"),
      hasBookmarks: searchParams.get("allowWatchBookmarks") === "true",
    });
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
    setMode(next) {
      mode = next;
      store.setSilent(next !== "ok");
    },
    setWatchMode: (next) => void (watchMode = next),
    refuseWatches: (times) => void (watchesToRefuse = times),
    setRetryAfter: (seconds) => void (retryAfter = seconds),
    setRedisClusters(clusters) {
      const objects = Object.entries(clusters).map(
        ([name, body]) => [name, { labels: "", body: isApiObject(body) ? body : {} }] as const,
      );
      store.replaceAll("redisclusters", new Map(objects));
    },
    redisCluster: (name) => store.find("redisclusters", name),
    onPatched: (next) => void (onPatched = next),
    patchRedisCluster: (name, patch) => void patchRedisCluster({ store, name, isStatus: false, patch }),
    setPods: (pods) => store.replaceAll("pods", new Map(pods.map((pod) => [pod.name, toStoredPod(pod)]))),
    watches: store,
    async rotateToken() {
      tokenNumber += 1;
      await writeToken();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function toStoredPod(pod: PodFixture): StoredObject {
  const { cluster, workload = "data", ip, phase = "Running", isBeingDeleted } = pod;
  return {
    labels: `redis.io/cluster=${cluster},redis.io/workload=${workload}`,
    body: {
      metadata: isBeingDeleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {},
      status: { phase, ...(ip !== undefined && { podIP: ip }) },
    },
  };
}

function isApiObject(value: unknown): value is ApiObject {
  return typeof value === "object" && value !== null;
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
