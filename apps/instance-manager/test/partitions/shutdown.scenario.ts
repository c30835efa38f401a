import { setTimeout as pause } from "node:timers/promises";
import { waitFor } from "@redis-operator/testbed";
import { beforeAll, describe, expect, it } from "vitest";
import { type Cluster, startCluster } from "./cluster.ts";
import { acknowledgedKeys, recordFigures } from "./figures.ts";
import { useGround } from "./ground.ts";
import type { Instance } from "./instance.ts";
import { countMissing } from "./operator.ts";

const steadyMs = 3_000;
// Less than Redis' shutdown-timeout of ten seconds.
const lagMs = 3_000;
const network = useGround();

describe.each([
  { signal: "SIGTERM", mayLose: false },
  // What it would be without an order in which to stop: the control that shows that the replica does lag.
  { signal: "SIGKILL", mayLose: true },
] as const)("$signal of a primary under load with lagging replicas", ({ signal, mayLose }) => {
  let lost: number;
  let acknowledged: readonly string[];

  beforeAll(async () => {
    await using cluster = await startCluster(network, { hasKubelets: false });
    const [primary, next] = cluster.instances;
    const writers = await Promise.all(
      Array.from({ length: 4 }, (_, index) =>
        cluster.startWriter(`load-${index}`, {
          from: "client",
          to: primary,
          paceMs: 0,
          valueBytes: 10_000,
        }),
      ),
    );
    await pause(steadyMs);
    const continueReplicas = stopReplicas(cluster);
    await pause(lagMs / 3);
    const redis = primary.redisPids();
    primary.manager().kill(signal);
    if (signal === "SIGKILL") for (const pid of redis) process.kill(pid, signal);
    await pause(lagMs);
    continueReplicas();
    await waitFor(() => primary.redisPids().length === 0, { what: "the primary's Redis to end" });
    for (const writer of writers) await writer[Symbol.asyncDispose]();

    await cluster.declare({ currentPrimary: next.name });
    await next.client.promote();
    acknowledged = acknowledgedKeys(writers.flatMap((writer) => writer.findings()));
    lost = await countMissing(next, acknowledged);
    recordFigures({
      scenario: `${signal} under load with lagging replicas`,
      isSelfFencing: false,
      acknowledged: acknowledged.length,
      lost,
    });
  });

  it("loses acknowledged writes only where Redis had no time to wait for its replicas", () => {
    expect(lost > 0).toBe(mayLose);
  });
});

/** Makes the replicas' Redis stand still, with what was sent to them in their sockets and the primary's buffers. */
function stopReplicas({ instances: [, ...replicas] }: Cluster): () => void {
  const pids = replicas.flatMap((replica: Instance) => replica.redisPids());
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  return () => {
    for (const pid of pids) process.kill(pid, "SIGCONT");
  };
}
