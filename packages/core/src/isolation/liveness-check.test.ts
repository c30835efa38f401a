import { describe, expect, it } from "vitest";
import { createRecordingLogger } from "../../test/recording-logger.ts";
import type { ExchangeOptions, Reachability } from "../http-exchange.ts";
import type { PeersAnswer } from "./ask-peers.ts";
import { createLivenessCheck, type LivenessCheckDeps } from "./liveness-check.ts";

const peers = [{ host: "10.0.0.2", port: 8080 }];
const settings = { enabled: true, apiServerTimeoutMs: 4_000, peerTimeoutMs: 3_000 };

const apiAnswered: Reachability = { outcome: "reachable", status: 401 };
const apiSilent: Reachability = { outcome: "unreachable", reason: "timed out after 4000 ms" };
const peerAnswered: PeersAnswer = { outcome: "reachable", peer: "10.0.0.2:8080", status: 404 };
const peersSilent: PeersAnswer = {
  outcome: "unreachable",
  reasons: ["10.0.0.2:8080: timed out after 3000 ms"],
};

/** An instance that runs, is a primary and reaches nothing, unless the test says otherwise. */
function setUp(overrides: Partial<LivenessCheckDeps> = {}) {
  const { logger, lines } = createRecordingLogger();
  const asked: string[] = [];
  const state = { isRunning: true, timeMs: 0, apiServer: apiSilent, peers: peersSilent };
  const liveness = createLivenessCheck({
    process: {
      async isRunning() {
        asked.push("process");
        return state.isRunning;
      },
    },
    async readRole() {
      asked.push("role");
      return "primary";
    },
    async probeApiServer({ timeoutMs }) {
      asked.push(`api-server ${timeoutMs}`);
      return state.apiServer;
    },
    async askPeers(_peers, { timeoutMs }) {
      asked.push(`peers ${timeoutMs}`);
      return state.peers;
    },
    cluster: { peers: () => peers, isolationSettings: () => settings },
    peerHeadStartMs: 60_000,
    logger,
    now: () => state.timeMs,
    ...overrides,
  });
  return { check: () => liveness.check(), lines, asked, state };
}

/** A question that stays open until it is cancelled. */
function untilCancelled({ signal }: ExchangeOptions): Promise<{ readonly outcome: "cancelled" }> {
  return new Promise((resolve) => {
    signal?.addEventListener("abort", () => resolve({ outcome: "cancelled" }));
  });
}

const failing = () => Promise.reject(new Error("BUSY"));

const isolated = { alive: false, reason: "primary-isolated" };

describe("createLivenessCheck", () => {
  it("asks process, role, API server, peers, in this order, each with its timeout", async () => {
    const { check, asked } = setUp();
    expect((await check()).verdict).toEqual(isolated);
    expect(asked).toEqual(["process", "role", "api-server 4000", "peers 3000"]);
  });

  it("asks nothing more of an instance without a process", async () => {
    const { check, asked, state } = setUp();
    state.isRunning = false;
    expect((await check()).verdict).toEqual({ alive: false, reason: "process-not-running" });
    expect(asked).toEqual(["process"]);
  });

  it("asks nothing but the process when isolation is disabled", async () => {
    const cluster = { peers: () => peers, isolationSettings: () => ({ ...settings, enabled: false }) };
    const { check, asked } = setUp({ cluster });
    expect((await check()).verdict).toEqual({ alive: true, because: "isolation-disabled" });
    expect(asked).toEqual(["process"]);
  });

  it("asks nothing more of a replica", async () => {
    const { check, asked } = setUp({ readRole: async () => "replica" });
    expect((await check()).verdict).toEqual({ alive: true, because: "replica" });
    expect(asked).toEqual(["process"]);
  });

  it("doesn't ask the peers when the API server answers within the head start", async () => {
    const { check, asked, state } = setUp();
    state.apiServer = apiAnswered;
    const report = await check();
    expect(report.verdict).toEqual({ alive: true, because: "api-server-reachable" });
    expect(asked).not.toContain("peers 3000");
    expect(report.checks).toMatchObject([
      { name: "process", outcome: "running" },
      { name: "role", outcome: "primary" },
      { name: "api-server", outcome: "reachable", detail: "answered 401" },
      { name: "peers", outcome: "not-asked" },
    ]);
  });

  it("asks the peers beside an API server that is silent, and cancels it when a peer answers", async () => {
    const { check } = setUp({
      peerHeadStartMs: 1,
      probeApiServer: untilCancelled,
      askPeers: async () => peerAnswered,
    });
    const report = await check();
    expect(report.verdict).toEqual({ alive: true, because: "peer-reachable" });
    expect(report.checks.slice(2)).toMatchObject([
      { name: "api-server", outcome: "not-asked", detail: "given up: its answer was no longer needed" },
      { name: "peers", outcome: "reachable", detail: "10.0.0.2:8080 answered 404" },
    ]);
  });

  it("cancels the peers when the API server answers after the head start", async () => {
    const peersAsked = Promise.withResolvers<void>();
    const { check } = setUp({
      peerHeadStartMs: 1,
      async probeApiServer() {
        await peersAsked.promise;
        return apiAnswered;
      },
      askPeers(_peers, options) {
        peersAsked.resolve();
        return untilCancelled(options);
      },
    });
    const report = await check();
    expect(report.verdict).toEqual({ alive: true, because: "api-server-reachable" });
    expect(report.checks.slice(2)).toMatchObject([
      { name: "api-server", outcome: "reachable" },
      { name: "peers", outcome: "not-asked", detail: "given up: its answer was no longer needed" },
    ]);
  });

  it("rests on the peers alone when no API server is configured", async () => {
    const { check, state } = setUp({ probeApiServer: undefined });
    expect((await check()).verdict).toEqual(isolated);
    state.peers = peerAnswered;
    expect((await check()).verdict).toEqual({ alive: true, because: "peer-reachable" });
  });

  it("doesn't wait for a silent API server when no peer is known", async () => {
    const { check } = setUp({
      peerHeadStartMs: 1,
      probeApiServer: untilCancelled,
      cluster: { peers: () => [], isolationSettings: () => settings },
    });
    const report = await check();
    expect(report.verdict).toEqual({ alive: true, because: "no-peer-known" });
    expect(report.checks.slice(2)).toMatchObject([
      { name: "api-server", outcome: "not-asked" },
      { name: "peers", outcome: "none-known" },
    ]);
  });

  it("lives by the API server's answer when no peer is known", async () => {
    const cluster = { peers: () => [], isolationSettings: () => settings };
    const { check, state } = setUp({ cluster });
    state.apiServer = apiAnswered;
    expect((await check()).verdict).toEqual({ alive: true, because: "api-server-reachable" });
  });

  it("lets live whose role was never read", async () => {
    const report = await setUp({ readRole: failing }).check();
    expect(report.verdict).toEqual({ alive: true, because: "role-never-read" });
    expect(report.checks[1]).toMatchObject({ name: "role", outcome: "unknown", detail: "BUSY" });
  });

  it.each([
    ["primary", isolated],
    ["replica", { alive: true, because: "replica" }],
  ] as const)(
    "goes by the role read last, %s, when it can't be read now, and tells its age",
    async (role, verdict) => {
      let readRole: LivenessCheckDeps["readRole"] = async () => role;
      const { check, state } = setUp({ readRole: () => readRole() });
      await check();
      state.timeMs = 30_000;
      readRole = failing;
      const report = await check();
      expect(report.verdict).toEqual(verdict);
      expect(report.checks[1]).toEqual({
        name: "role",
        outcome: role,
        detail: "as read last: BUSY",
        ageMs: 30_000,
        durationMs: 0,
      });
    },
  );

  it("makes callers at the same time share one check, and checks anew afterwards", async () => {
    const { check, asked } = setUp();
    const [first, second] = await Promise.all([check(), check()]);
    expect(second).toBe(first);
    expect(asked).toHaveLength(4);
    expect(await check()).not.toBe(first);
    expect(asked).toHaveLength(8);
  });

  it("hands each report to the log", async () => {
    const { check, lines } = setUp();
    await Promise.all([check(), check()]);
    await check();
    expect(lines.map(({ message }) => message)).toEqual([
      "Kubernetes API server unreachable",
      "primary isolated: cannot reach API server or any peer",
    ]);
  });

  it("checks anew after a check that failed", async () => {
    let isRunning: () => Promise<boolean> = failing;
    const { check } = setUp({ process: { isRunning: () => isRunning() } });
    await expect(check()).rejects.toThrow("BUSY");
    isRunning = async () => false;
    expect((await check()).verdict).toEqual({ alive: false, reason: "process-not-running" });
  });
});
