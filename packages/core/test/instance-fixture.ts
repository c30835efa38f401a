import { createTemporaryDirectory, freePort, waitFor } from "@redis-operator/testbed";
import { createInstance, type Instance } from "../src/instance/instance.ts";
import { findPeerWithData } from "../src/instance/peer-with-data.ts";
import type { ClusterState, KnownClusterState } from "../src/kubernetes/cluster-observer.ts";
import { startRedisServer } from "../src/process/start-redis-server.ts";
import { takeDataDirectory } from "../src/process/take-data-directory.ts";
import { createRedisConnection, type RedisCommand, type RedisConnection } from "../src/redis/connection.ts";
import type { BootDecision } from "../src/replication/boot-role.ts";
import { demote } from "../src/replication/demote.ts";
import { promote } from "../src/replication/promote.ts";
import { createRoleChanges } from "../src/replication/role-changes.ts";
import { readStatus, type ReplicationStatus } from "../src/replication/status.ts";
import { createRecordingLogger, type LogLine } from "./recording-logger.ts";

/** The pod whose instance is tested. */
export const self = "cache-0";

const unsetIsolation = { enabled: undefined, apiServerTimeoutMs: undefined, peerTimeoutMs: undefined };

/** An observer that knows what a test tells it. */
export function createToldObserver() {
  const listeners = new Set<() => void>();
  let known: KnownClusterState | undefined;
  return {
    current: () => known,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tell(state: Partial<ClusterState>, source: KnownClusterState["source"] = "api-server") {
      const empty = {
        primary: undefined,
        fencedPods: [],
        directives: {},
        isolation: unsetIsolation,
        pods: [],
      };
      known = { state: { ...empty, ...state }, source, ageMs: 0 };
      for (const listener of listeners) listener();
    },
  };
}

/** An instance on a real redis-server, and what it takes to look into it. */
export interface TestedInstance extends AsyncDisposable {
  readonly instance: Instance;
  /** Settles with `run`. */
  readonly ended: Promise<void>;
  readonly port: number;
  readonly redis: RedisConnection;
  readonly lines: readonly LogLine[];
  send(...command: RedisCommand): Promise<unknown>;
  status(): Promise<ReplicationStatus>;
  /** Waits until Redis answers, and nothing speaks against traffic. */
  becomesReady(): Promise<boolean>;
  /** Waits until it may take no traffic for a reason that holds the text. */
  isHeld(text: string): Promise<boolean>;
}

/** What a test may choose. */
export interface TestedInstanceOptions {
  readonly observer?: ReturnType<typeof createToldObserver>;
  readonly configuredPrimary?: { readonly host: string; readonly port: number };
  readonly askSentinels?: () => Promise<BootDecision>;
  /** Of its own, removed afterwards, when unset. */
  readonly dir?: string;
  readonly port?: number;
  readonly firstReadingMs?: number;
  readonly peerPatienceMs?: number;
  /** The port on loopback of the Redis in the pod with an address, since all pods of a test share one host. */
  readonly peers?: Readonly<Record<string, number>>;
  readonly directives?: Readonly<Record<string, string>>;
  /** Is awaited before Redis is told to end. */
  readonly beforeStop?: () => Promise<void>;
}

/** Starts an instance. */
export async function startInstance(options: TestedInstanceOptions = {}): Promise<TestedInstance> {
  const folder = await createTemporaryDirectory("instance");
  const {
    observer,
    configuredPrimary,
    dir = folder.path,
    firstReadingMs = 200,
    peerPatienceMs = 500,
  } = options;
  const port = options.port ?? (await freePort());
  const { logger, lines } = createRecordingLogger();
  const patience = { connectTimeoutMs: 1_000, commandTimeoutMs: 5_000 };
  const connect = ({ host }: { readonly host: string }) =>
    createRedisConnection({ host: "127.0.0.1", port: options.peers?.[host] ?? 1, ...patience });
  const redis = createRedisConnection({ host: "127.0.0.1", port, ...patience });
  const ownAddresses = ["127.0.0.1"];
  const change = {
    own: { ipAddresses: ownAddresses, port },
    isFenced: () => instance.isFenced(),
    readBackTimeoutMs: 5_000,
    caller: {},
    logger,
  };
  const instance: Instance = createInstance({
    observer,
    configuredPrimary,
    askSentinels: options.askSentinels,
    own: { podName: self, ipAddresses: ownAddresses },
    redisPort: port,
    takeDataDirectory: () => takeDataDirectory(dir, { binary: "redis-server", graceMs: 10_000, logger }),
    async startRedis({ replicaOf, directives }) {
      const server = await startRedisServer({
        binary: "redis-server",
        passwordFile: undefined,
        config: { port, dir, replicaOf, directives: { ...options.directives, ...directives } },
        redis,
        logger,
      });
      return {
        ...server,
        async stop(grace) {
          await options.beforeStop?.();
          return await server.stop(grace);
        },
      };
    },
    redis,
    promote: () => promote(redis, { ...change, preconditions: {}, force: false }),
    demote: (primary) => demote(redis, { ...change, primary, connect, force: true }),
    findPeerWithData: (peers, { signal }) =>
      findPeerWithData({ peers, connect, patienceMs: peerPatienceMs, retryIntervalMs: 50, signal, logger }),
    roleChanges: createRoleChanges(),
    times: { firstReadingMs, retryMs: 50, askAgainMs: 50, heldRetryMs: 50, stopGraceMs: 10_000 },
    logger,
  });
  const ended = instance.run();
  ended.catch(() => undefined);

  return {
    instance,
    ended,
    port,
    redis,
    lines,
    send: (...command) => redis.send(command),
    status: () => readStatus(redis),
    becomesReady() {
      return waitFor(
        async () => (await redis.send(["PING"])) === "PONG" && instance.notReadyReason() === undefined,
        {
          what: "the instance to be ready",
        },
      );
    },
    isHeld(text) {
      return waitFor(() => instance.notReadyReason()?.includes(text), { what: `not ready: ${text}` });
    },
    async [Symbol.asyncDispose]() {
      await instance.stop();
      redis.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
