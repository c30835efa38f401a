import { freePort, type RedisServer, startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import type { Reachability } from "../src/http-exchange.ts";
import type { PeersAnswer } from "../src/isolation/ask-peers.ts";
import { createIsolationMonitor } from "../src/isolation/isolation-monitor.ts";
import { createSelfFencing } from "../src/isolation/self-fencing.ts";
import { createWriteLease, type WriteLease } from "../src/isolation/write-lease.ts";
import { createRedisConnection } from "../src/redis/connection.ts";
import { readStatus } from "../src/replication/status.ts";
import { createRecordingLogger } from "./recording-logger.ts";

const apiAnswers: Reachability = { outcome: "reachable", status: 401 };
const apiSilent: Reachability = { outcome: "unreachable", reason: "timed out" };
const peerAnswers: PeersAnswer = { outcome: "reachable", peer: "10.0.0.2:8080", status: 200, objections: [] };
const peersObject: PeersAnswer = {
  ...peerAnswers,
  objections: ["10.0.0.2:8080 knows cache-1 as the primary"],
};
const peersSilent: PeersAnswer = { outcome: "unreachable", reasons: ["10.0.0.2:8080: timed out"] };

// Outlasts every pause between two renewals on a loaded machine, and ends soon when nobody renews it.
const lease = { leaseMs: 1_500, renewMs: 100 };

function connectTo(redis: RedisServer) {
  return createRedisConnection({ ...redis, connectTimeoutMs: 500, commandTimeoutMs: 500 });
}

const now = () => performance.now();

interface Around {
  apiServer: Reachability;
  peers: PeersAnswer;
  askPeers: () => Promise<PeersAnswer>;
  named: () => Promise<string | undefined>;
  readings: number;
}

/** A real primary whose surroundings are played. */
async function startFenced({ leaseMs = lease.leaseMs } = {}) {
  const stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedisServer());
  const connection = connectTo(redis);
  stack.defer(() => connection.close());
  const { logger, lines } = createRecordingLogger();
  const around: Around = {
    apiServer: apiAnswers,
    peers: peerAnswers,
    askPeers: async () => around.peers,
    named: async () => "cache-0",
    readings: 0,
  };
  const fencing = createSelfFencing({
    lease: createWriteLease({ redis: connection, ...lease, leaseMs, logger, now }),
    ownPodName: "cache-0",
    observer: {
      readCurrentPrimary() {
        around.readings += 1;
        return around.named();
      },
      retryNow: () => undefined,
    },
    logger,
    now,
  });
  const monitor = createIsolationMonitor({
    process: { isRunning: async () => true },
    readStatus: () => readStatus(connection),
    hungTimeoutMs: undefined,
    probeApiServer: async () => around.apiServer,
    askPeers: () => around.askPeers(),
    cluster: {
      peers: () => [{ host: "10.0.0.2", port: 8080 }],
      isolationSettings: () => ({ enabled: true, apiServerTimeoutMs: 1_000, peerTimeoutMs: 1_000 }),
    },
    selfFencing: { ...fencing, findObjection: () => () => undefined },
    pace: { lookIntervalMs: 10, checkIntervalMs: 40, headStartMs: 10, troubledIntervalMs: 10 },
    logger,
    now,
  });
  monitor.start();
  stack.defer(() => monitor.stop());

  return {
    redis,
    around,
    lines,
    monitor,
    isolate: () => Object.assign(around, { apiServer: apiSilent, peers: peersSilent }),
    holds: (reason: string) =>
      waitFor(() => fencing.writes().reason === reason, { what: `writes to be held: ${reason}` }),
    flows: () => waitFor(() => !fencing.writes().isHeld, { what: "writes to flow" }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A write on a connection of its own, and whether it was answered. */
function write(redis: RedisServer, value: string) {
  const client = redis.client.duplicate({ lazyConnect: false });
  client.on("error", () => undefined);
  let answer: string | undefined;
  const answered = client.set("key", value).then(
    (reply) => (answer = reply),
    (error: unknown) => (answer = String(error)),
  );
  void answered.finally(() => client.disconnect());
  return { answered, answer: () => answer };
}

const setCalls = (info: string) => /cmdstat_set:calls=(\d+)/.exec(info)?.[1] ?? "0";

/** Waits until Redis holds a write: it is there and not carried out. */
async function startHeldWrite(redis: RedisServer, value: string) {
  const before = await redis.client.info("commandstats");
  const held = write(redis, value);
  await waitFor(async () => /cmd=set/.test(String(await redis.client.call("CLIENT", "LIST"))), {
    what: "the write to arrive",
  });
  expect(setCalls(await redis.client.info("commandstats"))).toBe(setCalls(before));
  expect(held.answer()).toBeUndefined();
  return held;
}

describe("a primary that fences itself", () => {
  it("holds writes while it is isolated, beyond one lease, serves reads, and lets them flow when the path heals", async () => {
    await using setup = await startFenced();
    const { redis } = setup;
    expect(await write(redis, "before").answered).toBe("OK");
    setup.isolate();
    await setup.holds("isolated");
    const held = await startHeldWrite(redis, "during");
    const since = performance.now();
    await waitFor(() => performance.now() - since > 1.5 * lease.leaseMs, { what: "longer than one lease" });
    expect(held.answer()).toBeUndefined();
    expect(await redis.client.get("key")).toBe("before");
    setup.around.apiServer = apiAnswers;
    expect(await held.answered).toBe("OK");
    expect(await redis.client.get("key")).toBe("during");
    expect(setup.lines.map(({ message }) => message)).toEqual([
      "primary isolated: cannot reach API server or any peer",
      "self-fencing: writes are held",
      "primary no longer isolated",
      "self-fencing: writes flow again",
    ]);
  });

  it("asks the API server who the primary is before it lets held writes go, and holds them when it is another", async () => {
    await using setup = await startFenced();
    const { redis, around } = setup;
    setup.isolate();
    await setup.holds("isolated");
    const held = await startHeldWrite(redis, "late");
    around.named = async () => "cache-1";
    around.apiServer = apiAnswers;
    await setup.holds("superseded");
    const readings = around.readings;
    await waitFor(() => around.readings > readings + 2, { what: "two more readings" });
    expect(held.answer()).toBeUndefined();
    around.named = async () => "cache-0";
    expect(await held.answered).toBe("OK");
  });

  it("answers held writes with READONLY once it is demoted: none of them was acknowledged", async () => {
    await using setup = await startFenced();
    const { redis, around } = setup;
    expect(await write(redis, "acknowledged").answered).toBe("OK");
    setup.isolate();
    await setup.holds("isolated");
    const held = await startHeldWrite(redis, "never");
    around.named = async () => "cache-1";
    around.apiServer = apiAnswers;
    await setup.holds("superseded");
    await redis.client.replicaof("127.0.0.1", await freePort());
    expect(await held.answered).toContain("READONLY");
    expect(await redis.client.get("key")).toBe("acknowledged");
    await setup.flows();
  });

  it("is not left paused by a demotion: the new primary's writes arrive", async () => {
    // Longer than the test waits: nothing but its end lets the stream through.
    await using setup = await startFenced({ leaseMs: 120_000 });
    await using primary = await startRedisServer();
    setup.isolate();
    await setup.holds("isolated");
    await setup.redis.client.replicaof("127.0.0.1", primary.port);
    await setup.flows();
    await primary.client.set("key", "replicated");
    await waitFor(async () => (await setup.redis.client.get("key")) === "replicated", {
      what: "the write to be replicated",
    });
    expect(await setup.redis.client.info("replication")).toContain("master_link_status:up");
  });

  it("lets held writes go though the RedisCluster can't be read, after several attempts", async () => {
    await using setup = await startFenced();
    setup.isolate();
    await setup.holds("isolated");
    setup.around.named = () => Promise.reject(new Error("403"));
    setup.around.apiServer = apiAnswers;
    await setup.flows();
    expect(setup.around.readings).toBe(3);
    expect(await write(setup.redis, "after").answered).toBe("OK");
  });

  it("lets held writes go when a peer answers that holds nothing against it, without the API server", async () => {
    await using setup = await startFenced();
    setup.isolate();
    await setup.holds("isolated");
    setup.around.peers = peerAnswers;
    await setup.flows();
    expect(setup.around.readings).toBe(0);
  });

  it("holds writes when it reaches only peers that know of another primary, and is alive nevertheless", async () => {
    await using setup = await startFenced();
    Object.assign(setup.around, { apiServer: apiSilent, peers: peersObject });
    await setup.holds("superseded");
    const { verdict, checks } = await setup.monitor.report();
    expect(verdict).toEqual({ alive: true, because: "peer-reachable" });
    expect(checks).toContainEqual(
      expect.objectContaining({ name: "writes", outcome: "held", detail: "superseded" }),
    );
    setup.around.peers = peerAnswers;
    await setup.flows();
  });

  it("writes on when peers know of another primary and the API server answers: it will be told", async () => {
    await using setup = await startFenced();
    setup.around.peers = peersObject;
    const apiServerIsAsked = async () =>
      (await setup.monitor.report()).checks.some(
        ({ name, outcome }) => name === "api-server" && outcome === "reachable",
      );
    await waitFor(apiServerIsAsked, { what: "the API server to be asked" });
    expect(await write(setup.redis, "on").answered).toBe("OK");
    expect(setup.lines).toEqual([]);
  });

  it("holds the writes of one that was just promoted until the first check is done", async () => {
    await using setup = await startFenced();
    const firstCheck = Promise.withResolvers<PeersAnswer>();
    await waitFor(() => setup.monitor.status(), { what: "the role to be read" });
    await setup.redis.client.replicaof("127.0.0.1", await freePort());
    await waitFor(() => setup.monitor.status()?.role === "replica", { what: "the demotion to be seen" });
    setup.around.askPeers = () => firstCheck.promise;
    await setup.redis.client.replicaof("NO", "ONE");
    await setup.holds("unproven");
    const held = await startHeldWrite(setup.redis, "first");
    firstCheck.resolve(peerAnswers);
    expect(await held.answered).toBe("OK");
    expect(setup.around.readings).toBe(0);
    expect(setup.lines).toEqual([]);
  });

  it("leaves a hold to run out by itself when its manager is gone", async () => {
    await using setup = await startFenced();
    setup.isolate();
    await setup.holds("isolated");
    const held = await startHeldWrite(setup.redis, "later");
    setup.monitor.stop();
    expect(await held.answered).toBe("OK");
  });

  it("holds writes of a Redis that was hung as soon as it goes on", async () => {
    await using setup = await startFenced();
    await waitFor(() => setup.monitor.status(), { what: "the role to be read" });
    setup.redis.process.kill("SIGSTOP");
    setup.isolate();
    await setup.holds("isolated");
    await waitFor(() => setup.lines.some(({ message }) => message.startsWith("CLIENT PAUSE failed")), {
      what: "the pause to fail",
    });
    setup.redis.process.kill("SIGCONT");
    const isPaused = async () => {
      const probe = write(setup.redis, "probe");
      await setup.redis.client.ping();
      return probe.answer() === undefined;
    };
    await waitFor(isPaused, { what: "writes to be held" });
    expect(setup.monitor.status()?.role).toBe("primary");
  });
});

function createLease(redis: { send: (command: readonly string[]) => Promise<unknown> }): {
  lease: WriteLease;
  lines: ReturnType<typeof createRecordingLogger>["lines"];
} {
  const { logger, lines } = createRecordingLogger();
  return {
    lease: createWriteLease({ redis, leaseMs: 60_000, renewMs: 5, logger, now: () => performance.now() }),
    lines,
  };
}

describe("createWriteLease", () => {
  it("doesn't end a pause of somebody else's where it has not paused", async () => {
    await using redis = await startRedisServer();
    const connection = connectTo(redis);
    const sent: string[] = [];
    const { lease: unheld } = createLease({
      send(command) {
        sent.push(command.join(" "));
        return connection.send(["PING"]);
      },
    });
    await redis.client.call("CLIENT", "PAUSE", "60000", "WRITE");
    unheld.release();
    const held = await startHeldWrite(redis, "held");
    await connection.send(["PING"]);
    expect([sent, held.answer()]).toEqual([[], undefined]);
    await redis.client.call("CLIENT", "UNPAUSE");
    await held.answered;
    connection.close();
  });

  it("ends no pause where Redis has refused each of its own, and says once why", async () => {
    await using redis = await startRedisServer();
    await redis.client.call("ACL", "SETUSER", "default", "-client");
    const connection = connectTo(redis);
    const sent: string[] = [];
    const { lease: refused, lines } = createLease({
      send(command) {
        sent.push(command.slice(0, 2).join(" "));
        const [name = "", ...args] = command;
        return connection.send([name, ...args]);
      },
    });
    refused.hold();
    await waitFor(() => sent.length > 2, { what: "three attempts" });
    refused.release();
    refused.stop();
    await connection.send(["PING"]);
    expect(new Set(sent)).toEqual(new Set(["CLIENT PAUSE"]));
    expect(lines).toHaveLength(1);
    connection.close();
  });

  it("tries to end its pause until Redis can be told", async () => {
    const sent: string[] = [];
    let isAnswering = true;
    const { lease: repeated } = createLease({
      async send(command) {
        sent.push(command.slice(0, 2).join(" "));
        if (!isAnswering) throw new Error("timed out");
      },
    });
    repeated.hold();
    await waitFor(() => sent.length > 0, { what: "the pause" });
    isAnswering = false;
    repeated.release();
    await waitFor(() => sent.filter((command) => command === "CLIENT UNPAUSE").length > 2, {
      what: "three attempts",
    });
    isAnswering = true;
    const attempts = sent.length;
    await waitFor(() => sent.length > attempts, { what: "one that succeeds" });
    repeated.hold();
    await waitFor(() => sent.at(-1) === "CLIENT PAUSE", { what: "another pause" });
    repeated.stop();
    expect(sent.slice(attempts).filter((command) => command === "CLIENT UNPAUSE")).toHaveLength(1);
  });
});
