import { setTimeout as pause } from "node:timers/promises";
import { type Network, waitFor } from "@redis-operator/testbed";
import { beforeAll, describe, expect, it } from "vitest";
import { boundMs, selfFencing } from "./bounds.ts";
import { startCluster, waitUntilServing } from "./cluster.ts";
import { cut, otherHosts, peerHosts } from "./cuts.ts";
import {
  acknowledgedKeys,
  countAlarms,
  type Figures,
  isHealthzFast,
  lastAccepted,
  readLatencies,
  recordFigures,
  timeTo503,
} from "./figures.ts";
import { useGround } from "./ground.ts";
import { countMissing, failOver, takeBack, waitUntilCaughtUp, waitUntilFenced } from "./operator.ts";

const primaryHost = "redis-0";
const steadyMs = 3_000;
// What a new container does is the same fault's matter: it waits for the API server, and then has a bound of its own.
const restartedMs = 25_000;

/** Ways in which a primary can be left alone; each is healed by dropping nothing and plugging the cable in. */
const faults = {
  "cut from everything": (network) => network.drop(cut(primaryHost, otherHosts)),
  "receives nothing": (network) => network.drop(cut(primaryHost, otherHosts, ["in"])),
  "sends nothing": (network) => network.drop(cut(primaryHost, otherHosts, ["out"])),
  "cable pulled": (network) => network.setLink(primaryHost, "down"),
  "reached by clients alone": (network) => network.drop(cut(primaryHost, ["operator", "api", ...peerHosts])),
} satisfies Readonly<Record<string, (network: Network) => void>>;

const plays = [
  { fault: "cut from everything", isSelfFencing: false },
  { fault: "cut from everything", isSelfFencing: true },
  { fault: "receives nothing", isSelfFencing: true },
  { fault: "sends nothing", isSelfFencing: true },
  { fault: "cable pulled", isSelfFencing: true },
  { fault: "reached by clients alone", isSelfFencing: false },
  { fault: "reached by clients alone", isSelfFencing: true },
] as const satisfies readonly { readonly fault: keyof typeof faults; readonly isSelfFencing: boolean }[];

describe.each(plays)("a primary $fault (self-fencing: $isSelfFencing)", ({ fault, isSelfFencing }) => {
  let figures: Figures;
  let wasFenced: boolean;
  let hasTwoPrimaries: boolean;

  beforeAll(async () => {
    const network = useGround();
    await using cluster = await startCluster(network, { env: selfFencing(isSelfFencing) });
    const [old, next, third] = cluster.instances;
    const beside = await cluster.startWriter("beside", { from: old.name, to: old });
    const remote = await cluster.startWriter("remote", { from: "client", to: old });
    await pause(steadyMs);

    const faultAt = Date.now();
    faults[fault](network);
    const probes = () => cluster.kubelets.flatMap((kubelet) => kubelet.probes());
    const ofOld = () => cluster.kubelets[0]?.probes() ?? [];
    await waitFor(() => timeTo503(ofOld(), faultAt) !== undefined, { what: "a 503 of the primary" });
    await failOver(cluster, { from: old, to: next });
    // Clients that can still reach the old primary know no better.
    if (fault !== "reached by clients alone") remote.tell({ host: next.host.ip });
    // Who still hears the API server is fenced by it: alive again, without a Redis.
    const wasRestarted = () => cluster.kubelets[0]?.restarts()[0] !== undefined;
    const isAliveAgain = () => ofOld().findLast(({ target }) => target !== "control")?.status === 200;
    await waitFor(() => wasRestarted() || isAliveAgain(), {
      what: "the kubelet's restart, or the fence",
      timeoutMs: 90_000,
    });
    await pause(restartedMs);

    const healAt = Date.now();
    network.setLink(primaryHost, "up");
    network.drop([]);
    wasFenced = await waitUntilFenced(old);
    remote.tell({ host: next.host.ip });
    await takeBack(cluster, { from: old, to: next });
    await Promise.all([old, third].map((replica) => waitUntilServing(replica)));
    await remote[Symbol.asyncDispose]();
    await beside[Symbol.asyncDispose]();
    await waitUntilCaughtUp(next, [old, third]);
    const roles = await Promise.all(cluster.instances.map(({ client }) => client.status()));
    hasTwoPrimaries = roles.filter(({ role }) => role === "master").length !== 1;

    const acknowledged = acknowledgedKeys([...beside.findings(), ...remote.findings()]);
    const toOld = [...beside.findings(), ...remote.findings()]
      .filter(({ host }) => host !== next.host.ip)
      .toSorted((a, b) => a.endedAt - b.endedAt);
    figures = {
      scenario: `primary ${fault}`,
      isSelfFencing,
      timeTo503Ms: timeTo503(ofOld(), faultAt),
      lastAcceptedMs: lastAccepted(toOld, { since: faultAt, until: healAt }),
      acknowledged: acknowledged.length,
      lost: await countMissing(next, acknowledged),
      falseAlarms: cluster.kubelets
        .slice(1)
        .reduce((sum, kubelet) => sum + countAlarms(kubelet.probes()) + kubelet.restarts().length, 0),
      ...readLatencies(probes()),
    };
    recordFigures(figures);
  });

  it("answers 503 within a check interval and the longer timeout", () => {
    expect(figures.timeTo503Ms).toBeLessThanOrEqual(boundMs);
  });
  it("accepts writes after that only without self-fencing, restarted or not", () => {
    expect((figures.lastAcceptedMs ?? Infinity) <= boundMs).toBe(isSelfFencing);
  });
  it("raises no alarm on the others", () => {
    expect(figures.falseAlarms).toBe(0);
  });
  it("answers /healthz in less than 20 ms in 99 of 100 cases", () => {
    expect(isHealthzFast(figures)).toBe(true);
  });
  it("is fenced once it sees the annotation, and follows the new primary when the fence is lifted", () => {
    expect({ wasFenced, hasTwoPrimaries }).toEqual({ wasFenced: true, hasTwoPrimaries: false });
  });
});
