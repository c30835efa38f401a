import {
  executePlan,
  planFailover,
  planRejoin,
  planSchema,
  planSwitchover,
} from "@redis-operator/client/failover";
import { waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { type Cluster, startCluster, waitUntilInSync } from "./failover-fixture.ts";
import { sendTo } from "./instance.ts";

/** Writes one key after the other to whoever is named as the primary, until it is told to stop. */
function startWriter(cluster: Cluster): { acknowledged(): number; stop(): Promise<readonly string[]> } {
  const acknowledged: string[] = [];
  const stop = new AbortController();
  async function write(): Promise<void> {
    for (let number = 0; !stop.signal.aborted; number += 1) {
      const key = `key:${number}`;
      const { redisPort } = cluster.currentPrimary();
      await sendTo({ port: redisPort }, ["SET", key, "value"]).then(
        () => acknowledged.push(key),
        // Refused, held for too long or nobody there: it was not acknowledged.
        () => undefined,
      );
    }
  }
  const writing = write();
  return {
    acknowledged: () => acknowledged.length,
    async stop() {
      stop.abort();
      await writing;
      return acknowledged;
    },
  };
}

describe("a planned failover", () => {
  it("replaces a primary that was killed, and takes it back as a replica once its container has restarted", async () => {
    await using cluster = await startCluster();
    const [first, second, third] = cluster.pods;
    await first.instance().send("SET", "key", "value");
    await waitUntilInSync(first, [second, third]);
    first.kill();
    await waitFor(async () => (await cluster.observe())[0]?.status === undefined, { what: "the silence" });

    const decision = planFailover(await cluster.observe(), {
      currentPrimary: first.name,
      generation: 1,
      preferred: [second.name],
    });
    if (decision.outcome === "refused") throw new Error(JSON.stringify(decision.selection));
    let restarted: Promise<void> | undefined;
    // As an operator reads it after a restart of its own.
    const plan = planSchema.parse(JSON.parse(JSON.stringify(decision.plan)));
    const result = await executePlan(plan, {
      ...cluster.ports,
      onStep: ({ phase, step }) => {
        if (phase === "started" && step.action === "confirm-fenced") restarted = first.restart();
      },
    });
    await restarted;
    expect(result).toMatchObject({ outcome: "completed", leftFenced: [] });
    await waitUntilInSync(second, [first, third]);
    expect(await third.instance().send("GET", "key")).toBe("value");
    await expect(first.instance().send("SET", "key", "other")).rejects.toThrow("READONLY");
  });

  it("promotes nobody while the old primary answers as one, and goes on once it is fenced", async () => {
    await using cluster = await startCluster();
    const [first, second, third] = cluster.pods;
    const observations = (await cluster.observe()).map((observation) =>
      observation.name === first.name ? { name: first.name, status: undefined } : observation,
    );
    const decision = planFailover(observations, {
      currentPrimary: first.name,
      generation: 1,
      preferred: [second.name],
      timeouts: { fencedMs: 100 },
    });
    if (decision.outcome === "refused") throw new Error(JSON.stringify(decision.selection));
    const { plan } = decision;
    const blind = { ...cluster.ports.cluster, fence: () => Promise.resolve() };
    const stopped = await executePlan(plan, { ...cluster.ports, cluster: blind });
    expect(stopped).toMatchObject({ outcome: "stopped", mayTakeWrites: [first.name] });
    expect(await first.instance().send("SET", "key", "value")).toBe("OK");

    await cluster.ports.cluster.fence(first.name, { signal: new AbortController().signal });
    await waitFor(async () => (await cluster.observe())[0]?.failure?.code === "INSTANCE_FENCED", {
      what: "the fence",
    });
    expect(await executePlan(plan, { ...cluster.ports, startAt: 2 })).toMatchObject({ outcome: "completed" });
    await waitUntilInSync(second, [first, third]);
    expect(await second.instance().send("GET", "key")).toBe("value");
  });
});

describe("a planned switchover", () => {
  it("loses no acknowledged write of clients that write all the time, there and back", async () => {
    await using cluster = await startCluster();
    const [first, second, third] = cluster.pods;
    const writer = startWriter(cluster);
    for (const [from, to] of [
      [first, second],
      [second, first],
    ] as const) {
      const before = writer.acknowledged();
      await waitFor(() => writer.acknowledged() > before + 100, { what: "some writes" });
      const decision = planSwitchover(await cluster.observe(), {
        from: from.name,
        to: to.name,
        generation: 1,
      });
      if (decision.outcome === "refused") throw new Error(decision.detail);
      const result = await executePlan(decision.plan, cluster.ports);
      expect(result).toMatchObject({ outcome: "completed", leftFenced: [] });
      const after = writer.acknowledged();
      await waitFor(() => writer.acknowledged() > after, { what: "the first write at the new primary" });
    }
    const acknowledged = await writer.stop();
    await waitUntilInSync(first, [second, third]);
    for (const pod of cluster.pods) {
      expect(await pod.instance().send("EXISTS", ...acknowledged)).toBe(acknowledged.length);
    }
  });
});

describe("a planned rejoin", () => {
  it("makes a second primary a replica of the named one", async () => {
    await using cluster = await startCluster();
    const [first, second, third] = cluster.pods;
    await third.client.promote();
    const result = await executePlan(
      planRejoin(third.name, { primary: first.name, generation: 1 }),
      cluster.ports,
    );
    expect(result).toMatchObject({ outcome: "completed", leftFenced: [] });
    await waitUntilInSync(first, [second, third]);
  });
});
