import {
  freePort,
  startBlackHole,
  startHttpServer,
  startKubernetesApi,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { askPeers } from "../src/isolation/ask-peers.ts";
import { createLivenessCheck } from "../src/isolation/liveness-check.ts";
import type { Peer } from "../src/isolation/peer.ts";
import { type ApiServerAddress, probeApiServer } from "../src/kubernetes/probe.ts";
import { createRedisConnection } from "../src/redis/connection.ts";
import { readStatus } from "../src/replication/status.ts";
import { createRecordingLogger } from "./recording-logger.ts";

/** The check as a manager composes it; `deadlines.timeoutMs` can be made short for what never answers. */
function compose(options: {
  readonly redisPort: number;
  readonly apiServer?: ApiServerAddress;
  readonly peers?: readonly Peer[];
}) {
  const { redisPort, apiServer, peers = [] } = options;
  const deadlines = { timeoutMs: 10_000 };
  const redis = createRedisConnection({
    host: "127.0.0.1",
    port: redisPort,
    connectTimeoutMs: 500,
    commandTimeoutMs: 500,
  });
  const liveness = createLivenessCheck({
    process: { isRunning: async () => true },
    readRole: async () => (await readStatus(redis)).role,
    probeApiServer: apiServer && ((deadline) => probeApiServer(apiServer, deadline)),
    askPeers,
    cluster: {
      peers: () => peers,
      isolationSettings: () => ({
        enabled: true,
        apiServerTimeoutMs: deadlines.timeoutMs,
        peerTimeoutMs: deadlines.timeoutMs,
      }),
    },
    peerHeadStartMs: 20,
    logger: createRecordingLogger().logger,
    now: () => performance.now(),
  });
  return { check: () => liveness.check(), deadlines, [Symbol.dispose]: () => redis.close() };
}

const shortTimeoutMs = 100;

const isolated = { alive: false, reason: "primary-isolated" };
const byApiServer = { alive: true, because: "api-server-reachable" };

describe("liveness of a real primary", () => {
  it.each(["ok", 401, 403, 429, 500] as const)("lives by an API server that answers %s", async (mode) => {
    await using redis = await startRedisServer();
    await using apiServer = await startKubernetesApi();
    await using hole = await startBlackHole();
    apiServer.setMode(mode);
    using setup = compose({ redisPort: redis.port, apiServer, peers: [hole] });
    expect((await setup.check()).verdict).toEqual(byApiServer);
  });

  it.each(["stalled", "slow-head", "closes", "plain-http"] as const)(
    "is isolated when the API server is in mode %s and no peer answers, and recovers with it",
    async (mode) => {
      await using redis = await startRedisServer();
      await using apiServer = await startKubernetesApi();
      await using hole = await startBlackHole();
      using setup = compose({ redisPort: redis.port, apiServer, peers: [hole] });
      apiServer.setMode(mode);
      setup.deadlines.timeoutMs = shortTimeoutMs;
      expect((await setup.check()).verdict).toEqual(isolated);
      apiServer.setMode("ok");
      setup.deadlines.timeoutMs = 10_000;
      expect((await setup.check()).verdict).toEqual(byApiServer);
    },
  );

  it("lives by one peer of three while the API server is stalled", async () => {
    await using redis = await startRedisServer();
    await using apiServer = await startKubernetesApi();
    await using hole = await startBlackHole();
    await using peer = await startHttpServer((_request, response) => void response.writeHead(404).end());
    apiServer.setMode("stalled");
    const peers = [hole, { host: "127.0.0.1", port: await freePort() }, peer];
    using setup = compose({ redisPort: redis.port, apiServer, peers });
    expect((await setup.check()).verdict).toEqual({ alive: true, because: "peer-reachable" });
  });

  it("lives with a stalled API server when it knows no peer", async () => {
    await using redis = await startRedisServer();
    await using apiServer = await startKubernetesApi();
    apiServer.setMode("stalled");
    using setup = compose({ redisPort: redis.port, apiServer });
    expect((await setup.check()).verdict).toEqual({ alive: true, because: "no-peer-known" });
  });

  it("doesn't take a script that runs for long for isolation, nor for its absence", async () => {
    await using redis = await startRedisServer({ directives: { "busy-reply-threshold": "1" } });
    await using apiServer = await startKubernetesApi();
    await using hole = await startBlackHole();
    using setup = compose({ redisPort: redis.port, apiServer, peers: [hole] });
    await setup.check();
    const script = redis.client.eval("while true do end", 0).catch((error: unknown) => error);
    const killer = redis.client.duplicate({ lazyConnect: false });
    const isBusy = () =>
      killer.ping().then(
        () => false,
        (error: unknown) => String(error).includes("BUSY"),
      );
    await waitFor(isBusy, { what: "Redis to be busy" });

    const busy = await setup.check();
    expect(busy.verdict).toEqual(byApiServer);
    expect(busy.checks[1]).toMatchObject({ outcome: "primary", detail: expect.stringContaining("BUSY") });
    apiServer.setMode("stalled");
    setup.deadlines.timeoutMs = shortTimeoutMs;
    expect((await setup.check()).verdict).toEqual(isolated);

    await killer.call("SCRIPT", "KILL");
    killer.disconnect();
    expect(String(await script)).toContain("killed");
  });

  it("doesn't take a Redis that hangs for isolation", async () => {
    await using redis = await startRedisServer();
    await using apiServer = await startKubernetesApi();
    await using hole = await startBlackHole();
    redis.process.kill("SIGSTOP");
    using setup = compose({ redisPort: redis.port, apiServer, peers: [hole] });
    expect((await setup.check()).verdict).toEqual({ alive: true, because: "role-never-read" });
    redis.process.kill("SIGCONT");
    expect((await setup.check()).verdict).toEqual(byApiServer);
    redis.process.kill("SIGSTOP");
    expect((await setup.check()).verdict).toEqual(byApiServer);
  });

  it("lets a replica live that reaches nothing", async () => {
    await using redis = await startRedisServer();
    await using hole = await startBlackHole();
    await redis.client.replicaof("127.0.0.1", await freePort());
    using setup = compose({ redisPort: redis.port, peers: [hole] });
    expect((await setup.check()).verdict).toEqual({ alive: true, because: "replica" });
  });
});
