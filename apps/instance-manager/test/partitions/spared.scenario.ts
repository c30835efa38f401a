import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import type { ApiServerCommand, Write } from "./agents/messages.ts";
import type { Agent } from "./agent.ts";
import { selfFencing } from "./bounds.ts";
import { type Cluster, startCluster, waitUntilServing } from "./cluster.ts";
import { cut, otherHosts, peerHosts } from "./cuts.ts";
import {
  acknowledgedKeys,
  countAlarms,
  type Figures,
  isHealthzFast,
  readLatencies,
  longestPause,
  recordFigures,
} from "./figures.ts";
import { useGround } from "./ground.ts";
import { countMissing, waitUntilCaughtUp } from "./operator.ts";

// Three check intervals: whatever would tell, tells.
const faultMs = 15_000;
const primaryHost = "redis-0";
const network = useGround();

/** What a primary has to live through: faults that are begun, and ended as they say. */
const faults: readonly {
  readonly name: string;
  readonly live: (cluster: Cluster) => Promise<void>;
}[] = [
  during("cut from the API server", cut(primaryHost, ["api"])),
  during("hears nothing of the API server", cut(primaryHost, ["api"], ["in"])),
  during("is not heard by the API server", cut(primaryHost, ["api"], ["out"])),
  during("cut from its peers", cut(primaryHost, peerHosts)),
  during("hears nothing of its peers", cut(primaryHost, peerHosts, ["in"])),
  during("is not heard by its peers", cut(primaryHost, peerHosts, ["out"])),
  during("cut from the API server and all but one peer", cut(primaryHost, ["api", "redis-1"])),
  {
    name: "loses everything for a second, again and again",
    live: async () => {
      for (let time = 0; time < faultMs; time += 2_000) {
        network.drop(cut(primaryHost, otherHosts));
        await pause(1_000);
        network.drop([]);
        await pause(1_000);
      }
    },
  },
  {
    name: "the API server stands still (SIGSTOP)",
    live: async ({ api }) => {
      process.kill(api.pid, "SIGSTOP");
      await pause(faultMs);
      process.kill(api.pid, "SIGCONT");
    },
  },
  ...([500, 403, 429, "plain-http", "slow-body", "closes"] as const).map((mode) => answering(mode)),
];

function during(name: string, paths: ReturnType<typeof cut>) {
  return {
    name: `primary ${name}`,
    live: async () => {
      network.drop(paths);
      await pause(faultMs);
      network.drop([]);
    },
  };
}

function answering(mode: NonNullable<ApiServerCommand["mode"]>) {
  return {
    name: `the API server answers: ${mode}`,
    live: async ({ api }: Cluster) => {
      await api.tell({ mode });
      await pause(faultMs);
      await api.tell({ mode: "ok" });
    },
  };
}

describe("a primary with self-fencing that isn't isolated", () => {
  let cluster: Cluster;
  let writer: Agent<Write>;
  beforeAll(async () => {
    cluster = await startCluster(network, { env: selfFencing(true) });
    writer = await cluster.startWriter("beside", { from: primaryHost, to: cluster.instances[0] });
    return () => cluster[Symbol.asyncDispose]();
  });

  describe.each(faults)("$name", ({ name, live }) => {
    let figures: Figures;
    beforeAll(async () => {
      const [primary, ...replicas] = cluster.instances;
      const since = Date.now();
      await live(cluster);
      await Promise.all(replicas.map((replica) => waitUntilServing(replica)));
      await waitUntilCaughtUp(primary, replicas);
      const until = Date.now();
      const isOfNow = ({ sentAt }: { readonly sentAt: number }) => sentAt >= since && sentAt < until;
      const writes = writer.findings().filter(isOfNow);
      const probes = cluster.kubelets.map((kubelet) => kubelet.probes().filter(isOfNow));
      const restarts = cluster.kubelets.flatMap((kubelet) => kubelet.restarts()).filter((at) => at >= since);
      const acknowledged = acknowledgedKeys(writes);
      figures = {
        scenario: name,
        isSelfFencing: true,
        acknowledged: acknowledged.length,
        lost: await countMissing(primary, acknowledged),
        falseAlarms: restarts.length + probes.reduce((sum, list) => sum + countAlarms(list), 0),
        ...readLatencies(probes.flat()),
        longestPauseMs: longestPause(writes),
      };
      recordFigures(figures);
    });

    it("raises no alarm", () => expect(figures.falseAlarms).toBe(0));
    it("holds no write", () => expect(figures.longestPauseMs).toBeLessThan(1_000));
    it("loses nothing", () => expect(figures.lost).toBe(0));
    it("answers /healthz in less than 20 ms in 99 of 100 cases", () =>
      expect(isHealthzFast(figures)).toBe(true));
  });
});
