import {
  freePort,
  startBlackHole,
  startHttpServer,
  startKubernetesApi,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createAskPeers } from "../src/isolation/ask-peers.ts";
import { createIsolationMonitor } from "../src/isolation/isolation-monitor.ts";
import type { LivenessReport } from "../src/isolation/liveness-report.ts";
import type { Peer } from "../src/isolation/peer.ts";
import type { WatchedProcess } from "../src/isolation/redis-watch.ts";
import { type ApiServerAddress, probeApiServer } from "../src/kubernetes/probe.ts";
import { createRedisConnection } from "../src/redis/connection.ts";
import { readStatus } from "../src/replication/status.ts";
import { createRecordingLogger } from "./recording-logger.ts";

/** The monitor as a manager composes it, at a quicker pace; `deadlines.timeoutMs` can be made short for what never answers. */
function monitor(options: {
  readonly redisPort: number;
  readonly apiServer?: ApiServerAddress;
  readonly peers?: readonly Peer[];
  readonly process?: WatchedProcess;
  readonly hungTimeoutMs?: number;
  readonly isEnabled?: boolean;
}) {
  const { redisPort, apiServer, peers = [], hungTimeoutMs, isEnabled = true } = options;
  const deadlines = { timeoutMs: 10_000 };
  const { logger, lines } = createRecordingLogger();
  const redis = createRedisConnection({
    host: "127.0.0.1",
    port: redisPort,
    connectTimeoutMs: 500,
    commandTimeoutMs: 500,
  });
  const watched = createIsolationMonitor({
    process: options.process ?? { isRunning: async () => true },
    readStatus: () => readStatus(redis),
    hungTimeoutMs,
    probeApiServer: apiServer && ((deadline) => probeApiServer(apiServer, deadline)),
    askPeers: createAskPeers({ tlsDir: undefined }),
    cluster: {
      peers: () => peers,
      isolationSettings: () => ({
        enabled: isEnabled,
        apiServerTimeoutMs: deadlines.timeoutMs,
        peerTimeoutMs: deadlines.timeoutMs,
      }),
    },
    selfFencing: undefined,
    pace: { lookIntervalMs: 10, checkIntervalMs: 40, headStartMs: 20, troubledIntervalMs: 10 },
    logger,
    now: () => performance.now(),
  });
  watched.start();
  const verdictIs = async (expected: LivenessReport["verdict"]) => {
    await waitFor(async () => JSON.stringify((await watched.report()).verdict) === JSON.stringify(expected), {
      what: `the verdict ${JSON.stringify(expected)}`,
    });
  };
  return {
    report: () => watched.report(),
    status: () => watched.status(),
    verdictIs,
    deadlines,
    lines,
    [Symbol.dispose]() {
      watched.stop();
      redis.close();
    },
  };
}

const shortTimeoutMs = 100;

const isolated = { alive: false, reason: "primary-isolated" } as const;
const byApiServer = { alive: true, because: "api-server-reachable" } as const;
const byPeer = { alive: true, because: "peer-reachable" } as const;

const startPeer = () => startHttpServer((_request, response) => void response.writeHead(404).end());

describe("liveness of a real primary", () => {
  it.each(["ok", 401, 403, 429, 500] as const)(
    "lives by an API server that answers %s when no peer does",
    async (mode) => {
      await using redis = await startRedisServer();
      await using apiServer = await startKubernetesApi();
      await using hole = await startBlackHole();
      apiServer.setMode(mode);
      using setup = monitor({ redisPort: redis.port, apiServer, peers: [hole] });
      await setup.verdictIs(byApiServer);
      expect(apiServer.requests[0]).toMatchObject({ url: "/livez", authorization: undefined });
    },
  );

  it("leaves the API server alone while a peer answers", async () => {
    await using redis = await startRedisServer();
    await using apiServer = await startKubernetesApi();
    let questions = 0;
    await using peer = await startHttpServer((_request, response) => {
      questions += 1;
      response.end();
    });
    using setup = monitor({ redisPort: redis.port, apiServer, peers: [peer] });
    await setup.verdictIs(byPeer);
    await waitFor(() => questions > 5, { what: "five more checks" });
    expect((await setup.report()).checks).toMatchObject([
      { name: "process", outcome: "running" },
      { name: "role", outcome: "primary" },
      { name: "api-server", outcome: "not-asked" },
      { name: "peers", outcome: "reachable", detail: expect.stringContaining("answered 200") },
    ]);
    expect(apiServer.requests).toEqual([]);
  });

  it.each(["stalled", "slow-head", "closes", "plain-http"] as const)(
    "is isolated when the API server is in mode %s and no peer answers, and recovers with it",
    async (mode) => {
      await using redis = await startRedisServer();
      await using apiServer = await startKubernetesApi();
      await using hole = await startBlackHole();
      using setup = monitor({ redisPort: redis.port, apiServer, peers: [hole] });
      setup.deadlines.timeoutMs = shortTimeoutMs;
      apiServer.setMode(mode);
      await setup.verdictIs(isolated);
      setup.deadlines.timeoutMs = 10_000;
      apiServer.setMode("ok");
      await setup.verdictIs(byApiServer);
      expect(setup.lines.map(({ level, message }) => [level, message])).toEqual([
        ["error", "primary isolated: cannot reach API server or any peer"],
        ["info", "primary no longer isolated"],
      ]);
    },
  );

  it("is isolated and recovers with one peer of three", async () => {
    await using redis = await startRedisServer();
    await using apiServer = await startKubernetesApi();
    await using hole = await startBlackHole();
    apiServer.setMode("stalled");
    const port = await freePort();
    const peers = [hole, { host: "127.0.0.1", port: await freePort() }, { host: "127.0.0.1", port }];
    using setup = monitor({ redisPort: redis.port, apiServer, peers });
    setup.deadlines.timeoutMs = shortTimeoutMs;
    await setup.verdictIs(isolated);
    await using peer = await startPeer();
    peers.push(peer);
    await setup.verdictIs(byPeer);
    expect((await setup.report()).checks[3]?.detail).toBe(`127.0.0.1:${peer.port} answered 404`);
  });

  it("rests on the peers alone where no API server is configured", async () => {
    await using redis = await startRedisServer();
    await using hole = await startBlackHole();
    const peers: Peer[] = [hole];
    using setup = monitor({ redisPort: redis.port, peers });
    setup.deadlines.timeoutMs = shortTimeoutMs;
    await setup.verdictIs(isolated);
    await using peer = await startPeer();
    peers.push(peer);
    await setup.verdictIs(byPeer);
    expect((await setup.report()).checks[3]?.detail).toBe(`127.0.0.1:${peer.port} answered 404`);
  });

  it("lives when it knows no peer, asks nobody, and says so once", async () => {
    await using redis = await startRedisServer();
    await using apiServer = await startKubernetesApi();
    apiServer.setMode("stalled");
    using setup = monitor({ redisPort: redis.port, apiServer });
    await setup.verdictIs({ alive: true, because: "no-peer-known" });
    await waitFor(() => setup.lines.length > 0, { what: "the lack of peers to be told" });
    expect(setup.lines).toMatchObject([
      { level: "warn", message: expect.stringContaining("no peer is known") },
    ]);
    expect(apiServer.requests).toEqual([]);
  });

  it("asks nothing with isolation switched off", async () => {
    await using redis = await startRedisServer();
    await using hole = await startBlackHole();
    using setup = monitor({ redisPort: redis.port, peers: [hole], isEnabled: false });
    await waitFor(() => setup.status(), { what: "the role to be read" });
    await setup.verdictIs({ alive: true, because: "isolation-disabled" });
    expect(hole.accepted()).toBe(0);
  });

  it("counts as alive before the first check is done, and answers at once", async () => {
    await using redis = await startRedisServer();
    await using apiServer = await startKubernetesApi();
    await using hole = await startBlackHole();
    apiServer.setMode("stalled");
    using setup = monitor({ redisPort: redis.port, apiServer, peers: [hole] });
    expect((await setup.report()).verdict).toMatchObject({ alive: true });
    await setup.verdictIs({ alive: true, because: "not-proven" });
    await waitFor(() => hole.accepted() > 0, { what: "the peer to be asked" });
    expect((await setup.report()).verdict).toEqual({ alive: true, because: "not-proven" });
  });

  it("sees at once that the process is gone, and that another one is there", async () => {
    await using redis = await startRedisServer();
    let isRunning = true;
    using setup = monitor({ redisPort: redis.port, process: { isRunning: async () => isRunning } });
    await setup.verdictIs({ alive: true, because: "no-peer-known" });
    isRunning = false;
    expect((await setup.report()).verdict).toEqual({ alive: false, reason: "process-not-running" });
    isRunning = true;
    expect((await setup.report()).verdict).toMatchObject({ alive: true });
  });

  it("lets live what is kept down on purpose, and forgets its role", async () => {
    await using redis = await startRedisServer();
    let isMeantToRun = true;
    const process = { isRunning: async () => true, isMeantToRun: () => isMeantToRun };
    using setup = monitor({ redisPort: redis.port, process });
    await waitFor(() => setup.status()?.role === "primary", { what: "the role to be read" });
    isMeantToRun = false;
    await setup.verdictIs({ alive: true, because: "kept-down" });
    await waitFor(() => setup.status() === undefined, { what: "the role to be forgotten" });
    expect((await setup.report()).checks).toMatchObject([{ name: "process", outcome: "kept-down" }]);
  });

  it("doesn't take a script that runs for long for isolation, nor for its absence", async () => {
    await using redis = await startRedisServer({ directives: { "busy-reply-threshold": "1" } });
    await using apiServer = await startKubernetesApi();
    await using hole = await startBlackHole();
    using setup = monitor({ redisPort: redis.port, apiServer, peers: [hole], hungTimeoutMs: 200 });
    setup.deadlines.timeoutMs = 1_000;
    await setup.verdictIs(byApiServer);
    const script = redis.client.eval("while true do end", 0).catch((error: unknown) => error);
    const roleDetail = async () => (await setup.report()).checks[1]?.detail;
    await waitFor(async () => (await roleDetail())?.includes("BUSY"), { what: "Redis to be busy" });
    const busySince = performance.now();
    await waitFor(() => performance.now() - busySince > 400, { what: "longer than Redis may be silent" });
    expect((await setup.report()).verdict).toEqual(byApiServer);
    setup.deadlines.timeoutMs = shortTimeoutMs;
    apiServer.setMode("stalled");
    await setup.verdictIs(isolated);

    const killer = redis.client.duplicate({ lazyConnect: false });
    await killer.call("SCRIPT", "KILL");
    killer.disconnect();
    expect(String(await script)).toContain("killed");
  });

  it("doesn't take a Redis that hangs for isolation", async () => {
    await using redis = await startRedisServer();
    await using apiServer = await startKubernetesApi();
    await using hole = await startBlackHole();
    redis.process.kill("SIGSTOP");
    using setup = monitor({ redisPort: redis.port, apiServer, peers: [hole] });
    await setup.verdictIs({ alive: true, because: "role-never-read" });
    redis.process.kill("SIGCONT");
    await setup.verdictIs(byApiServer);
    redis.process.kill("SIGSTOP");
    const roleDetail = async () => (await setup.report()).checks[1]?.detail;
    await waitFor(async () => (await roleDetail())?.startsWith("as read last"), {
      what: "the hang to be seen",
    });
    expect((await setup.report()).verdict).toEqual(byApiServer);
    redis.process.kill("SIGCONT");
  });

  it("takes a Redis for hung that answers nothing for longer than it may, isolation switched off or not", async () => {
    await using redis = await startRedisServer();
    using setup = monitor({ redisPort: redis.port, hungTimeoutMs: 50, isEnabled: false });
    await setup.verdictIs({ alive: true, because: "isolation-disabled" });
    redis.process.kill("SIGSTOP");
    await setup.verdictIs({ alive: false, reason: "redis-hung" });
    redis.process.kill("SIGCONT");
    await setup.verdictIs({ alive: true, because: "isolation-disabled" });
    expect(setup.lines.map(({ level, message }) => [level, message])).toEqual([
      ["error", "redis-server hung: it answers nothing"],
      ["info", "redis-server no longer hung"],
    ]);
  });

  it("doesn't take a Redis for hung that refuses the manager's password", async () => {
    await using redis = await startRedisServer({ directives: { requirepass: "secret" } });
    using setup = monitor({ redisPort: redis.port, hungTimeoutMs: 1 });
    await waitFor(async () => (await setup.report()).checks[1]?.detail?.includes("NOAUTH"), {
      what: "the refusal",
    });
    expect((await setup.report()).verdict).toEqual({ alive: true, because: "role-never-read" });
  });

  it("asks nobody as a replica, and everybody as soon as it is promoted", async () => {
    await using redis = await startRedisServer();
    await using hole = await startBlackHole();
    await redis.client.replicaof("127.0.0.1", await freePort());
    using setup = monitor({ redisPort: redis.port, peers: [hole] });
    await setup.verdictIs({ alive: true, because: "replica" });
    expect(hole.accepted()).toBe(0);
    setup.deadlines.timeoutMs = shortTimeoutMs;
    await redis.client.replicaof("NO", "ONE");
    await setup.verdictIs(isolated);
    await redis.client.replicaof("127.0.0.1", await freePort());
    await setup.verdictIs({ alive: true, because: "replica" });
  });
});
