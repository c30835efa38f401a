import { describe, expect, it } from "vitest";
import { decide } from "./decide.ts";
import { emptyMemory } from "./memory.ts";
import type { Action, Situation } from "./situation.ts";
import type { RedisCluster } from "../kubernetes/redis-cluster.ts";
import { failing, primary, primaryAddress, replica } from "../../test/observations.ts";

const cluster: RedisCluster = {
  resourceVersion: "1",
  currentPrimary: "cache-0",
  fenced: [],
  switchoverTo: undefined,
  state: { generation: 7, fences: [], suspects: [] },
};

const healthy = [primary("cache-0"), replica("cache-1"), replica("cache-2")];
const lost = { ...emptyMemory, absence: { name: "cache-0", polls: 3, sinceMs: 0 } };
const orphans = [
  failing("cache-0"),
  replica("cache-1", { link: "down", offset: 90 }),
  replica("cache-2", { link: "down" }),
];

function decideOn({
  observations = healthy,
  memory = emptyMemory,
  ...changed
}: Partial<RedisCluster> & Partial<Pick<Situation, "observations" | "memory">>): Action {
  return decide({
    cluster: { ...cluster, ...changed },
    observations,
    memory,
    nowMs: 3_000,
    addressOf: () => primaryAddress,
    detection: {
      pollIntervalMs: 1_000,
      pollTimeoutMs: 1_000,
      lostAfterPolls: 3,
      lostAfterMs: 3_000,
      selfFencedAfterMs: undefined,
    },
  });
}

function fencedBy(action: Action): readonly string[] {
  if (action.action !== "begin") return [];
  return action.plan.steps.flatMap((step) => (step.action === "fence" ? [step.instance] : []));
}

describe("decide", () => {
  it("does nothing in a healthy cluster", () => {
    expect(decideOn({})).toEqual({ action: "nothing" });
  });

  it("goes on with the plan that is under way, whatever it sees", () => {
    const plan = { kind: "failover", generation: 7, primary: "cache-1", steps: [] } as const;
    const running = { plan: { ...plan, steps: [] }, startAt: 3 };
    const action = decideOn({ state: { ...cluster.state, running }, observations: orphans, memory: lost });
    expect(action).toEqual({ action: "go-on", ...running });
  });

  it("plans a failover to the replica with the most data", () => {
    const action = decideOn({ observations: orphans, memory: lost });
    expect(action).toMatchObject({
      action: "begin",
      plan: { kind: "failover", generation: 8, primary: "cache-2" },
    });
  });

  it("fences a silent instance that it doesn't know as a replica, and no other", () => {
    const observations = [failing("cache-0"), failing("cache-1"), replica("cache-2", { link: "down" })];
    expect(fencedBy(decideOn({ observations, memory: lost }))).toEqual(["cache-0", "cache-1"]);
    const known = { ...lost, replicas: new Set(["cache-1"]) };
    expect(fencedBy(decideOn({ observations, memory: known }))).toEqual(["cache-0"]);
    const suspects = { ...cluster.state, suspects: ["cache-1"] };
    expect(fencedBy(decideOn({ observations, memory: known, state: suspects }))).toEqual([
      "cache-0",
      "cache-1",
    ]);
  });

  it("alerts if nobody can take the place of the primary", () => {
    const observations = [failing("cache-0"), failing("cache-1")];
    expect(decideOn({ observations, memory: lost }).action).toBe("alert");
  });

  it("makes a second primary a replica of the named one", () => {
    const observations = [primary("cache-0"), primary("cache-1"), replica("cache-2")];
    const plan = {
      kind: "rejoin",
      primary: "cache-0",
      steps: expect.arrayContaining([{ action: "fence", instance: "cache-1" }]),
    };
    expect(decideOn({ observations })).toMatchObject({ action: "begin", plan });
  });

  it("alerts if none of two primaries is named", () => {
    const observations = [failing("cache-0"), primary("cache-1"), primary("cache-2")];
    expect(decideOn({ observations }).action).toBe("alert");
  });

  it("points a replica that follows somebody else at the primary", () => {
    const observations = [primary("cache-0"), replica("cache-1"), replica("cache-2", { port: 7000 })];
    expect(decideOn({ observations })).toEqual({
      action: "follow",
      replicas: ["cache-2"],
      primary: "cache-0",
    });
  });

  it("takes back who was fenced by a failover, and leaves the fences of others alone", () => {
    const observations = [primary("cache-0"), failing("cache-1", "INSTANCE_FENCED"), replica("cache-2")];
    const fenced = { fenced: ["cache-1"], observations };
    expect(decideOn(fenced)).toEqual({ action: "nothing" });
    const own = decideOn({ ...fenced, state: { ...cluster.state, fences: ["cache-1"] } });
    expect(own).toMatchObject({ action: "begin", plan: { kind: "rejoin" } });
  });

  it.each([
    ["plans it", "cache-1", { action: "begin", plan: { kind: "switchover", primary: "cache-1" } }],
    ["waits where it isn't possible", "cache-9", { action: "wait" }],
    ["forgets one to the primary", "cache-0", { action: "forget-switchover" }],
  ])("is asked for a switchover: %s", (_, switchoverTo, action) => {
    expect(decideOn({ switchoverTo })).toMatchObject(action);
  });

  it("waits while all instances are fenced", () => {
    expect(decideOn({ fenced: ["*"], observations: orphans, memory: lost }).action).toBe("wait");
  });

  it.each([
    [
      "names the first of equals",
      [replica("cache-1"), replica("cache-0")],
      { action: "name", instance: "cache-0" },
    ],
    [
      "names who has the most data",
      [replica("cache-0"), replica("cache-1", { offset: 200 })],
      { action: "name", instance: "cache-1" },
    ],
    [
      "names who is the primary",
      [replica("cache-0"), primary("cache-1")],
      { action: "name", instance: "cache-1" },
    ],
    ["waits for a pod that is silent", [primary("cache-0"), failing("cache-1")], { action: "wait" }],
    ["waits for the first pod", [], { action: "wait" }],
  ])("finds nobody named: %s", (_, observations, action) => {
    expect(decideOn({ currentPrimary: undefined, observations })).toMatchObject(action);
  });
});
