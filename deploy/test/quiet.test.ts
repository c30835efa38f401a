import { describe, expect, it } from "vitest";
import { hasPromtool, testRules } from "./promtool.ts";
import { expectQuiet, type PodMoment, type PodState, type Scenario } from "./scenario.ts";

const hour = 120;

/** Pods that keep their address and run throughout. */
function pods(states: Readonly<Record<string, PodState>>): Readonly<Record<string, PodMoment>> {
  return Object.fromEntries(
    Object.entries(states).map(([pod, state], index) => [
      pod,
      { state, ip: `10.0.0.${index}`, startedAt: -86_400 },
    ]),
  );
}

const health = { "orders-0": "primary", "orders-1": "replica", "orders-2": "replica" } as const;

/** A pod during a rolling restart: gone for two scrapes, starting for one, and back with another address. */
function restarted(
  state: PodState,
  { at, scrape, ip }: { at: number; scrape: number; ip: string },
): PodMoment {
  if (scrape < at) return { state, ip, startedAt: -86_400 };
  const moment = { ip: `${ip}0`, startedAt: (at + 2) * 30 };
  if (scrape < at + 2) return { ...moment, state: "absent" };
  return { ...moment, state: scrape < at + 3 ? "redis-down" : "replica" };
}

const scenarios: Readonly<Record<string, Scenario>> = {
  health: () => pods(health),
  "a cluster of one, and its restart": (scrape) => ({
    "orders-0":
      scrape < 40 || scrape > 41
        ? { state: "primary", ip: "10.0.0.1", startedAt: scrape < 40 ? -86_400 : 1_260 }
        : { state: "redis-down", ip: "10.0.0.1", startedAt: 1_230 },
  }),
  "a failover: the primary stops answering, a replica is promoted, the former primary follows it": (
    scrape,
  ) => {
    if (scrape < 40) return pods(health);
    if (scrape < 42) return pods({ ...health, "orders-0": "unreachable" });
    if (scrape < 44) return pods({ "orders-0": "redis-down", "orders-1": "primary", "orders-2": "replica" });
    return pods({ "orders-0": "replica", "orders-1": "primary", "orders-2": "replica" });
  },
  "a switchover in which one scrape sees both as primaries": (scrape) => {
    if (scrape < 40) return pods(health);
    if (scrape < 41) return pods({ ...health, "orders-1": "primary" });
    return pods({ ...health, "orders-0": "replica", "orders-1": "primary" });
  },
  "a rolling restart: the replicas, a switchover, the former primary": (scrape) => ({
    "orders-2": restarted("replica", { at: 20, scrape, ip: "10.0.0.2" }),
    "orders-1":
      scrape < 60
        ? restarted("replica", { at: 30, scrape, ip: "10.0.0.1" })
        : { state: "primary", ip: "10.0.0.10", startedAt: 960 },
    "orders-0":
      scrape < 60
        ? { state: "primary", ip: "10.0.0.0", startedAt: -86_400 }
        : restarted("replica", { at: 61, scrape, ip: "10.0.0.0" }),
  }),
  "scrapes that get no answer, of one pod and of all": (scrape) => {
    if (scrape === 30 || scrape === 31) return pods({ ...health, "orders-0": "unreachable" });
    if (scrape === 60)
      return pods(Object.fromEntries(Object.keys(health).map((pod) => [pod, "unreachable"])));
    return pods(health);
  },
  "a replica that is taken away for good": (scrape) =>
    pods(scrape < hour / 2 ? health : { "orders-0": "primary", "orders-1": "replica" }),
};

describe.skipIf(!hasPromtool)("no alert fires", () => {
  it.each(Object.entries(scenarios))("in %s", async (_title, scenario) => {
    expect(await testRules(expectQuiet(scenario))).toBe("");
  });
});
