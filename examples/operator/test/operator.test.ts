import { startRedisCluster, startWriter, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { becomesWhole, clientOf, countPrimaries, podOf, readDeclared } from "../local/cluster.ts";
import { startQuickOperator } from "./quick-operator.ts";

describe("a new cluster", () => {
  it("gets its first primary, and every other pod follows it", async () => {
    await using cluster = await startRedisCluster({ size: 3 });
    await using _operator = await startQuickOperator(cluster);
    expect(await becomesWhole(cluster)).toBe("cache-0");
  });
});

describe("a primary that is lost", () => {
  it("is replaced under writes, and comes back as a replica", async () => {
    await using cluster = await startRedisCluster({ size: 3 });
    await using operator = await startQuickOperator(cluster);
    const old = await becomesWhole(cluster);
    await using writer = startWriter(cluster.pods);
    await waitFor(() => writer.acknowledged().length > 100, { what: "some writes" });

    await podOf(cluster, old).kill();
    await waitFor(() => operator.log().some(({ message }) => message === "failover planned"), {
      what: "the plan",
    });
    await podOf(cluster, old).restart();
    const primary = await becomesWhole(cluster, { primaryIsNot: old });
    await waitFor(() => writer.acknowledged().some(({ place }) => place === primary), {
      what: "the first write at the new primary",
    });
    expect(await countPrimaries(cluster)).toBe(1);
    const places = writer.acknowledged().map(({ place }) => place);
    expect(places.slice(places.indexOf(primary))).not.toContain(old);
    expect(operator.log().filter(({ level }) => level === "error")).toEqual([]);
  });

  it("is replaced without its pod where it fences itself, and taken back when that returns", async () => {
    await using cluster = await startRedisCluster({
      size: 3,
      env: {
        SELF_FENCING_ENABLED: "true",
        PRIMARY_ISOLATION_CHECK_INTERVAL: "500ms",
        PRIMARY_ISOLATION_API_SERVER_TIMEOUT: "500ms",
        PRIMARY_ISOLATION_PEER_TIMEOUT: "500ms",
      },
    });
    await using operator = await startQuickOperator(cluster, { env: { SELF_FENCED_AFTER: "1s" } });
    const old = await becomesWhole(cluster);
    await podOf(cluster, old).kill();
    await waitFor(() => operator.log().some(({ message }) => message === "plan completed"), {
      what: "the failover",
    });
    expect(readDeclared(cluster).fenced).toEqual([old]);
    await podOf(cluster, old).restart();
    await becomesWhole(cluster, { primaryIsNot: old });
  });

  it("is left alone while a replica hears it, and only its manager is silent", async () => {
    await using cluster = await startRedisCluster({ size: 3 });
    await using operator = await startQuickOperator(cluster);
    const primary = await becomesWhole(cluster);
    podOf(cluster, primary).freeze("SIGSTOP");
    await waitFor(() => operator.log().some((line) => String(line["waiting"]).includes("hears it")), {
      what: "the operator to see the witness",
    });
    podOf(cluster, primary).freeze("SIGCONT");
    expect(await becomesWhole(cluster)).toBe(primary);
    expect(operator.log().some(({ message }) => message === "failover planned")).toBe(false);
  });

  it("is left alone while somebody else has fenced it", async () => {
    await using cluster = await startRedisCluster({ size: 3 });
    await using operator = await startQuickOperator(cluster);
    const primary = await becomesWhole(cluster);
    cluster.annotate({ "redis.io/fencedInstances": JSON.stringify([primary]) });
    await waitFor(() => operator.log().some((line) => String(line["waiting"]).includes("somebody else")), {
      what: "the operator to see the fence",
    });
    cluster.annotate({ "redis.io/fencedInstances": null });
    expect(await becomesWhole(cluster)).toBe(primary);
  });
});

describe("a second primary", () => {
  it("becomes a replica of the named one", async () => {
    await using cluster = await startRedisCluster({ size: 3 });
    await using operator = await startQuickOperator(cluster);
    const primary = await becomesWhole(cluster);
    await clientOf(cluster, "cache-2").promote();
    await waitFor(() => operator.log().some(({ message }) => message === "rejoin planned"), {
      what: "the plan",
    });
    expect(await becomesWhole(cluster)).toBe(primary);
  });
});

describe("a switchover", () => {
  it("is made when an annotation asks for it, and loses no acknowledged write", async () => {
    await using cluster = await startRedisCluster({ size: 3 });
    await using _operator = await startQuickOperator(cluster);
    const old = await becomesWhole(cluster);
    await using writer = startWriter(cluster.pods);
    await waitFor(() => writer.acknowledged().length > 100, { what: "some writes" });

    cluster.annotate({ "redis.io/switchoverTo": "cache-2" });
    expect(await becomesWhole(cluster, { primaryIsNot: old })).toBe("cache-2");
    await waitFor(() => writer.acknowledged().some(({ place }) => place === "cache-2"), {
      what: "the first write at the new primary",
    });
    await writer.stop();
    expect(await writer.countMissing("cache-2")).toBe(0);
    expect(readDeclared(cluster).annotations).not.toHaveProperty(["redis.io/switchoverTo"]);
  });
});

describe("a switchover whose candidate is lost", () => {
  it("goes back to the old primary, which has everything", async () => {
    await using cluster = await startRedisCluster({ size: 3 });
    await using operator = await startQuickOperator(cluster);
    const old = await becomesWhole(cluster);
    await using writer = startWriter(cluster.pods);
    await waitFor(() => writer.acknowledged().length > 100, { what: "some writes" });
    // Before the operator hears that the fence is set, and so before it can promote.
    let killed: Promise<void> | undefined;
    cluster.api.onPatched(() => {
      if (readDeclared(cluster).fenced.includes(old)) killed ??= podOf(cluster, "cache-2").kill();
    });
    cluster.annotate({ "redis.io/switchoverTo": "cache-2" });

    await waitFor(() => operator.log().some(({ message }) => message === "plan completed"), {
      what: "the way back",
    });
    await killed;
    await podOf(cluster, "cache-2").restart();
    expect(await becomesWhole(cluster)).toBe(old);
    await writer.stop();
    expect(await writer.countMissing(old)).toBe(0);
  });
});

describe("an operator", () => {
  it("goes on with the plan of one that was killed in the middle of it", async () => {
    await using cluster = await startRedisCluster({ size: 3 });
    await using first = await startQuickOperator(cluster);
    const old = await becomesWhole(cluster);
    await podOf(cluster, old).kill();
    // Nobody confirms the fence until the pod is back: the plan stands still there.
    await waitFor(() => readDeclared(cluster).fenced.includes(old), { what: "the fence" });
    first.process.kill("SIGKILL");
    await first.process.exited;
    await podOf(cluster, old).restart();

    await using second = await startQuickOperator(cluster);
    await waitFor(() => second.log().some(({ message }) => message === "plan completed"), {
      what: "its end",
    });
    await becomesWhole(cluster, { primaryIsNot: old });
    expect(second.log().map(({ message }) => message)).not.toContain("failover planned");
  });

  it("ends on SIGTERM, and leaves the plan to the next", async () => {
    await using cluster = await startRedisCluster({ size: 3 });
    await using operator = await startQuickOperator(cluster);
    const old = await becomesWhole(cluster);
    await podOf(cluster, old).kill();
    await waitFor(() => readDeclared(cluster).fenced.includes(old), { what: "the fence" });
    expect(await operator.process.stop()).toEqual({ code: 0, signal: null });
    expect(operator.log().at(-1)?.message).toBe("operator stopped");
    expect(readDeclared(cluster).annotations["redis.io/operatorState"]).toContain('"running"');
  });
});
