import { setTimeout as pause } from "node:timers/promises";
import {
  becomesWhole,
  type OperatorProcess,
  podOf,
  readDeclared,
} from "@redis-operator/example-operator/local";
import { type RedisClusterOnHost, startWriter, waitFor } from "@redis-operator/testbed";
import type { Scenario } from "./scenarios.ts";

/** What one kill came to. Times are milliseconds since the kill. */
export interface KillFigures {
  /** Until the operator had decided to fail over; `undefined` if it never had to. */
  readonly decidedMs: number | undefined;
  /** Until it knew that the old primary takes no writes. */
  readonly fencedMs: number | undefined;
  /** Until the next write that was acknowledged, by whomever. */
  readonly writtenMs: number;
  /** Writes that were acknowledged before. */
  readonly acknowledged: number;
  /** How many of them the primary doesn't hold that there is afterwards. */
  readonly lost: number;
}

/** What {@link killPrimary} needs. */
export interface Kill {
  readonly operator: OperatorProcess;
  readonly scenario: Scenario;
  readonly run: number;
}

const writesBefore = 5_000;
const concurrency = 16;

/** Kills the primary and its manager under writes, and waits until all is well again. */
export async function killPrimary(
  cluster: RedisClusterOnHost,
  { operator, scenario, run }: Kill,
): Promise<KillFigures> {
  const old = await becomesWhole(cluster);
  const pod = podOf(cluster, old);
  await using writer = startWriter(cluster.pods, {
    replicas: scenario.replicas,
    concurrency,
    prefix: `run:${run}`,
  });
  await waitFor(() => writer.acknowledged().length > writesBefore, { what: "writes before the kill" });

  const [killedAt, killedMs] = [Date.now(), performance.now()];
  await pod.kill();
  const acknowledged = writer.acknowledged().length;
  if (scenario.downMs !== undefined) {
    await pause(scenario.downMs);
    await pod.restart();
  }
  const first = await waitFor(() => writer.acknowledged().at(acknowledged), {
    what: "a write after the kill",
  });
  await waitUntilIdle(cluster);
  if (scenario.downMs === undefined) await pod.restart();
  const primary = await becomesWhole(cluster);
  await waitUntilIdle(cluster);
  await writer.stop();

  const sinceKill = (message: string, action?: string) => {
    const line = operator
      .log()
      .find(
        ({ time, ...logged }) =>
          Date.parse(time) >= killedAt && logged.message === message && logged["action"] === action,
      );
    return line && Date.parse(line.time) - killedAt;
  };
  return {
    decidedMs: sinceKill("failover planned"),
    fencedMs: sinceKill("step ended", "confirm-fenced"),
    writtenMs: first.atMs - killedMs,
    acknowledged,
    lost: await writer.countMissing(primary),
  };
}

/** Waits until no plan is under way. */
async function waitUntilIdle(cluster: RedisClusterOnHost): Promise<void> {
  const isIdle = () => !readDeclared(cluster).annotations["redis.io/operatorState"]?.includes('"running"');
  await waitFor(isIdle, { what: "the end of the plan", timeoutMs: 90_000 });
}
