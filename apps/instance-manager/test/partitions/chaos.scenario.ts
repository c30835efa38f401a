import { beforeAll, describe, expect, it } from "vitest";
import { type ChaosOutcome, killAtRandom } from "./chaos.ts";
import { startCluster } from "./cluster.ts";
import { acknowledgedKeys } from "./figures.ts";
import { useGround } from "./ground.ts";
import { countMissing, waitUntilCaughtUp } from "./operator.ts";
import { createRandom } from "@redis-operator/testbed";

const kills = Number(process.env["CHAOS_KILLS"]);
const seed = Number(process.env["CHAOS_SEED"]);

describe(`${kills} SIGKILLs at random moments under writes with appendfsync always (seed ${seed})`, () => {
  let outcome: ChaosOutcome;
  let missing: readonly number[];
  let changesOfWriter: number;

  beforeAll(async () => {
    const startedAt = performance.now();
    await using cluster = await startCluster(useGround(), {
      hasKubelets: false,
      directives: { appendfsync: "always", save: '""' },
    });
    const writers = await Promise.all(
      cluster.instances.map((instance) =>
        cluster.startWriter(`beside-${instance.name}`, { from: instance.name, to: instance, paceMs: 10 }),
      ),
    );
    outcome = await killAtRandom(cluster, { kills, random: createRandom(seed), writers });
    for (const writer of writers) await writer[Symbol.asyncDispose]();
    const { primary } = outcome;
    const replicas = cluster.instances.filter((instance) => instance !== primary);
    await waitUntilCaughtUp(primary, replicas);

    const writes = writers.flatMap((writer) => writer.findings());
    const keys = acknowledgedKeys(writes);
    missing = await Promise.all(cluster.instances.map((instance) => countMissing(instance, keys)));
    const takers = writes
      .filter((write) => write.outcome === "acknowledged")
      .toSorted((a, b) => a.endedAt - b.endedAt)
      .map(({ key }) => key.split(":", 1)[0]);
    changesOfWriter = takers.filter((taker, index) => index > 0 && taker !== takers[index - 1]).length;
    console.log(
      `${outcome.kills.manager} managers and ${outcome.kills.redis} Redis servers killed, ` +
        `${outcome.switchovers} switchovers, ${keys.length} writes acknowledged, ${Math.max(...missing)} lost, ` +
        `an orphaned Redis lived for ${Math.round(outcome.longestOrphanMs)} ms at the most, ` +
        `${Math.round((performance.now() - startedAt) / 1_000)} s, seed ${seed}`,
    );
  });

  it("loses no acknowledged write, on no instance", () => expect(missing).toEqual([0, 0, 0]));
  it("never has two primaries that accept writes", () => expect(changesOfWriter).toBe(outcome.switchovers));
  it("leaves no Redis without a manager, no manager without its Redis", () =>
    expect(outcome.violations).toEqual([]));
});
