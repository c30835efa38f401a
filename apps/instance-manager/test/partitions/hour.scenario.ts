import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { selfFencing } from "./bounds.ts";
import { startCluster } from "./cluster.ts";
import { cut, peerHosts } from "./cuts.ts";
import {
  acknowledgedKeys,
  countAlarms,
  type Figures,
  isHealthzFast,
  readLatencies,
  longestPause,
  recordFigures,
} from "./figures.ts";
import { podNames, useGround } from "./ground.ts";
import { countMissing } from "./operator.ts";
import { createRandom } from "@redis-operator/testbed";

// An hour has 720 checks at the default interval of five seconds. With a fiftieth of the interval and a tenth of the
// timeouts so many take 72 seconds, and more where answers are waited for.
const checksPerHour = 720;
const checkIntervalMs = 100;
const timeoutMs = 500;
const shortestDurationMs = checksPerHour * checkIntervalMs * 1.5;
const longestDurationMs = 3 * shortestDurationMs;
const env = {
  ...selfFencing(true),
  PRIMARY_ISOLATION_CHECK_INTERVAL: `${checkIntervalMs}ms`,
  PRIMARY_ISOLATION_API_SERVER_TIMEOUT: `${timeoutMs}ms`,
  PRIMARY_ISOLATION_PEER_TIMEOUT: `${timeoutMs}ms`,
};
const seed = 20_261;
const network = useGround();

// An answer of any kind proves the path.
const answers = [500, 403, 401, 429, "slow-body", "no-json"] as const;
const silences = ["closes", "stalled", "plain-http", "slow-head"] as const;

const hours = [
  // A peer answers first here, so that the API server is asked by those who read from it, and seldom by the check.
  { name: "of the API server", paths: [], troubles: [...answers, ...silences], leastChecks: 0 },
  // Here every check rests on the API server; one that gives no answer would rightly be an isolation.
  {
    name: "of the API server, which is all that is reached",
    paths: cut(podNames[0], peerHosts),
    troubles: answers,
    leastChecks: checksPerHour,
  },
];

// Half of the time all is well; a trouble lasts for one to fifteen checks.
const shortestMs = checkIntervalMs;
const longestMs = 15 * checkIntervalMs;

describe.each(hours)("an hour of intermittent errors $name", ({ name, paths, troubles, leastChecks }) => {
  let figures: Figures;
  let checks: number;

  beforeAll(async () => {
    await using cluster = await startCluster(network, { env });
    const [primary] = cluster.instances;
    const writer = await cluster.startWriter("beside", { from: primary.name, to: primary });
    network.drop(paths);
    const random = createRandom(seed);
    const checksBefore = cluster.api.checks();
    const startedAt = Date.now();
    const isOver = () =>
      cluster.api.checks() - checksBefore >= leastChecks && Date.now() - startedAt > shortestDurationMs;
    while (!isOver() && Date.now() - startedAt < longestDurationMs) {
      await cluster.api.tell({ mode: random.chance(0.5) ? "ok" : random.pick(troubles) });
      await pause(shortestMs + random.next() * (longestMs - shortestMs));
    }
    checks = cluster.api.checks() - checksBefore;
    console.log(`${checks} checks asked the API server`);
    await writer[Symbol.asyncDispose]();
    network.drop([]);
    const probes = cluster.kubelets.map((kubelet) => kubelet.probes());
    const restarts = cluster.kubelets.flatMap((kubelet) => kubelet.restarts());
    const acknowledged = acknowledgedKeys(writer.findings());
    figures = {
      scenario: `an hour of intermittent errors ${name}`,
      isSelfFencing: true,
      acknowledged: acknowledged.length,
      lost: await countMissing(primary, acknowledged),
      falseAlarms: restarts.length + probes.reduce((sum, list) => sum + countAlarms(list), 0),
      ...readLatencies(probes.flat()),
      longestPauseMs: longestPause(writer.findings()),
    };
    recordFigures(figures);
  });

  it("has the API server asked as often as that takes", () =>
    expect(checks).toBeGreaterThanOrEqual(leastChecks));
  it("raises no alarm", () => expect(figures.falseAlarms).toBe(0));
  it("holds no write", () => expect(figures.longestPauseMs).toBeLessThan(1_000));
  it("answers /healthz in less than 20 ms in 99 of 100 cases", () =>
    expect(isHealthzFast(figures)).toBe(true));
});
