import { setTimeout as pause } from "node:timers/promises";
import { type Random, waitFor } from "@redis-operator/testbed";
import type { Agent } from "./agent.ts";
import type { Write } from "./agents/messages.ts";
import { type Cluster, waitUntilServing } from "./cluster.ts";
import type { Instance } from "./instance.ts";
import { askRedis, waitUntilCaughtUp } from "./operator.ts";

/** What became of a run of kills. */
export interface ChaosOutcome {
  readonly kills: { readonly manager: number; readonly redis: number };
  /** The instance that the RedisCluster names in the end. */
  readonly primary: Instance;
  readonly switchovers: number;
  /** A Redis that outlived its manager: for how long at the most, in milliseconds. */
  readonly longestOrphanMs: number;
  /** What must not happen, in words. */
  readonly violations: readonly string[];
}

const switchoverEvery = 40;
const progressEvery = 100;
const maxPauseMs = 300;
// Both end in a moment; the bounds only say what counts as never.
const orphanTimeoutMs = 15_000;
const exitTimeoutMs = 30_000;

/** Kills managers and Redis servers of a cluster at random moments and restarts them, as containers are. */
export async function killAtRandom(
  cluster: Cluster,
  {
    kills,
    random,
    writers,
  }: { readonly kills: number; readonly random: Random; readonly writers: readonly Agent<Write>[] },
): Promise<ChaosOutcome> {
  const killed = { manager: 0, redis: 0 };
  const violations: string[] = [];
  let [primary]: readonly Instance[] = cluster.instances;
  let switchovers = 0;
  let longestOrphanMs = 0;
  const countKills = () => killed.manager + killed.redis;

  function violate(what: string): void {
    violations.push(`after ${countKills()} kills: ${what}`);
  }

  async function waitForOrphan(instance: Instance): Promise<void> {
    const since = performance.now();
    await waitFor(() => instance.redisPids().length === 0, {
      what: "no Redis without a manager",
      timeoutMs: orphanTimeoutMs,
    }).catch(async () => {
      const info = await askRedis(instance, ["INFO", "everything"]);
      const seen =
        /^(role|uptime_in_seconds|loading|aof_rewrite_in_progress|aof_rewrite_scheduled|master_link_status):.*/gm;
      violate(`${instance.name} has a Redis and no manager: ${String(info).match(seen)?.join(" ")}`);
    });
    longestOrphanMs = Math.max(longestOrphanMs, performance.now() - since);
  }

  async function killOne(instance: Instance): Promise<void> {
    const redisPid = instance.ownRedisPid();
    if (redisPid !== undefined && random.chance(0.5)) {
      killed.redis += 1;
      process.kill(redisPid, "SIGKILL");
      await endOf(instance, violate);
    } else {
      killed.manager += 1;
      instance.manager().kill("SIGKILL");
      await instance.manager().exited;
      // A container takes its processes along; outside of one the next manager meets what is left.
      if (random.chance(0.5)) await waitForOrphan(instance);
    }
    await instance.start();
  }

  async function recover(): Promise<void> {
    await Promise.all(cluster.instances.map((instance) => waitUntilServing(instance)));
    const since = Date.now();
    const writer = writers[cluster.instances.findIndex((instance) => instance === primary)];
    await waitFor(() => (writer?.findings().findLast(isAcknowledged)?.sentAt ?? 0) > since, {
      what: `${primary?.name} to take writes`,
    });
    for (const instance of cluster.instances) {
      // What was asked first may have been one that an earlier manager had left behind.
      await waitFor(() => instance.redisPids().length === 1 && instance.ownRedisPid() !== undefined, {
        what: `${instance.name} to have the one Redis of its manager`,
      });
    }
  }

  while (countKills() < kills) {
    if (primary === undefined) throw new Error("no primary");
    const others = cluster.instances.filter((instance) => instance !== primary);
    const victims = random.chance(0.5) ? [primary] : [random.pick(others)];
    if (random.chance(0.3))
      victims.push(random.pick(cluster.instances.filter((one) => !victims.includes(one))));
    await pause(random.next() * maxPauseMs);
    const before = countKills();
    await Promise.all(victims.map((victim) => killOne(victim)));
    if (Math.floor(countKills() / progressEvery) > Math.floor(before / progressEvery)) {
      console.log(`${countKills()} of ${kills} kills, ${violations.length} violations`);
    }
    // Now and then the next one hits what has not come back yet.
    if (!random.chance(0.2)) await recover();
    if (Math.floor(countKills() / switchoverEvery) > switchovers) {
      await recover();
      primary = await switchOver(cluster, { from: primary, to: random.pick(others), writers });
      switchovers += 1;
    }
  }
  await recover();
  if (primary === undefined) throw new Error("no primary");
  return { kills: killed, primary, switchovers, longestOrphanMs, violations };
}

/** A Redis that crashed has to take its manager along, with a code that says so. */
async function endOf(instance: Instance, violate: (what: string) => void): Promise<void> {
  const { name } = instance;
  const manager = instance.manager();
  const timer = setTimeout(() => {
    violate(`${name}'s manager outlived its Redis`);
    manager.kill("SIGKILL");
  }, exitTimeoutMs);
  const { code } = await manager.exited;
  clearTimeout(timer);
  if (code === 0) violate(`${name}'s manager ended with code 0 after its Redis was killed`);
}

/** A planned switchover, with writes held so that none is lost to replication. */
async function switchOver(
  cluster: Cluster,
  { from, to, writers }: { from: Instance; to: Instance; writers: readonly Agent<Write>[] },
): Promise<Instance> {
  for (const writer of writers) writer.tell({ isHeld: true });
  await pause(200);
  await waitUntilCaughtUp(
    from,
    cluster.instances.filter((instance) => instance !== from),
  );
  await cluster.declare({ currentPrimary: to.name });
  await to.client.promote();
  for (const other of cluster.instances) {
    if (other !== to) await other.client.demote({ primaryIP: to.host.ip, port: 6379 });
  }
  await Promise.all(cluster.instances.map((instance) => waitUntilServing(instance)));
  for (const writer of writers) writer.tell({ isHeld: false });
  return to;
}

function isAcknowledged({ outcome }: Write): boolean {
  return outcome === "acknowledged";
}
