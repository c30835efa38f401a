import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { selectPromotionCandidate, toObservation } from "../../src/failover/index.ts";
import { pollStatuses } from "../../src/index.ts";
import { replica } from "./observations.ts";

/** A poll of two pods, of which one answers at once and the other never. */
async function pollOfTwo() {
  const pods = [
    { name: "quick", host: "10.0.0.7" },
    { name: "dead", host: "10.0.0.8" },
  ];
  const results = await pollStatuses(pods, {
    timeoutMs: 200,
    retries: 0,
    fetch: async (url, { signal }) => {
      if (url.includes("10.0.0.8")) await pause(60_000, undefined, { signal });
      return Response.json(replica());
    },
  }).settled();
  return results.map(toObservation);
}

describe("an observation of a pod", () => {
  it("has its status, or why there is none", async () => {
    expect(await pollOfTwo()).toMatchObject([
      { name: "quick", status: replica() },
      { name: "dead", status: undefined, failure: { code: "MANAGER_TIMED_OUT" } },
    ]);
  });

  it("is as old as the poll, though its own answer came at once", async () => {
    const { discarded } = selectPromotionCandidate(await pollOfTwo(), { maxStatusAgeMs: 100 });
    expect(discarded.map(({ name, reason }) => [name, reason])).toEqual([
      ["dead", "no-status"],
      ["quick", "status-too-old"],
    ]);
  });
});
