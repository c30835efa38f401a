import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { selfFencing } from "./bounds.ts";
import { startCluster } from "./cluster.ts";
import {
  acknowledgedKeys,
  countAlarms,
  type Figures,
  isHealthzFast,
  readLatencies,
  longestPause,
  recordFigures,
} from "./figures.ts";
import { useGround } from "./ground.ts";
import { countMissing } from "./operator.ts";
import { createRandom } from "./random.ts";

// An hour has 720 checks at the default interval of five seconds. With a fiftieth of the interval and a tenth of the
// timeouts so many take 72 seconds, and more where answers are waited for.
const checksPerHour = 720;
const checkIntervalMs = 100;
const timeoutMs = 500;
const durationMs = checksPerHour * checkIntervalMs * 1.5;
const env = {
  ...selfFencing(true),
  PRIMARY_ISOLATION_CHECK_INTERVAL: `${checkIntervalMs}ms`,
  PRIMARY_ISOLATION_API_SERVER_TIMEOUT: `${timeoutMs}ms`,
  PRIMARY_ISOLATION_PEER_TIMEOUT: `${timeoutMs}ms`,
};
const seed = 20_261;

const troubles = [
  500,
  403,
  401,
  429,
  "closes",
  "stalled",
  "plain-http",
  "slow-head",
  "slow-body",
  "no-json",
] as const;
// Half of the time all is well; a trouble lasts for one to fifteen checks.
const shortestMs = checkIntervalMs;
const longestMs = 15 * checkIntervalMs;

describe("an hour of intermittent errors of the API server", () => {
  let figures: Figures;

  beforeAll(async () => {
    await using cluster = await startCluster(useGround(), { env });
    const [primary] = cluster.instances;
    const writer = await cluster.startWriter("beside", { from: primary.name, to: primary });
    const random = createRandom(seed);
    const end = Date.now() + durationMs;
    while (Date.now() < end) {
      await cluster.api.tell({ mode: random.chance(0.5) ? "ok" : random.pick(troubles) });
      await pause(shortestMs + random.next() * (longestMs - shortestMs));
    }
    await writer[Symbol.asyncDispose]();
    const probes = cluster.kubelets.map((kubelet) => kubelet.probes());
    const restarts = cluster.kubelets.flatMap((kubelet) => kubelet.restarts());
    const acknowledged = acknowledgedKeys(writer.findings());
    figures = {
      scenario: "an hour of intermittent API errors",
      isSelfFencing: true,
      acknowledged: acknowledged.length,
      lost: await countMissing(primary, acknowledged),
      falseAlarms: restarts.length + probes.reduce((sum, list) => sum + countAlarms(list), 0),
      ...readLatencies(probes.flat()),
      longestPauseMs: longestPause(writer.findings()),
    };
    recordFigures(figures);
  });

  it("raises no alarm", () => expect(figures.falseAlarms).toBe(0));
  it("holds no write", () => expect(figures.longestPauseMs).toBeLessThan(1_000));
  it("answers /healthz in less than 20 ms in 99 of 100 cases", () =>
    expect(isHealthzFast(figures)).toBe(true));
});
