import { getEventListeners } from "node:events";
import { startBlackHole, startBlackHoles } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { pollStatuses, type StatusPollResult } from "../src/index.ts";
import { replyWith, startStubManager } from "./stub-manager.ts";

const primary = { role: "master", replicationOffset: 5000, connectedReplicas: 0, connected: true };

function describeResult(result: StatusPollResult): string {
  return result.outcome === "status" ? result.status.role : result.error.code;
}

describe("a poll of statuses", () => {
  it("has a status or a typed failure of each target, in their order, with the very targets", async () => {
    await using healthy = await startStubManager(replyWith(200, primary));
    await using refusing = await startStubManager(
      replyWith(503, { error: { code: "INSTANCE_FENCED", message: "" } }),
    );
    await using hole = await startBlackHole();
    const targets = [
      { host: hole.host, port: hole.port, podName: "cache-0" },
      { host: healthy.host, port: healthy.port, podName: "cache-1" },
      { host: refusing.host, port: refusing.port, podName: "cache-2" },
      { host: healthy.host, port: healthy.port, podName: "cache-1" },
      { host: "10.0.0.7/path", podName: "cache-3" },
    ];
    const results = await pollStatuses(targets, { timeoutMs: 2_000, retries: 0 }).settled();
    expect(results.map(describeResult)).toEqual([
      "MANAGER_TIMED_OUT",
      "master",
      "INSTANCE_FENCED",
      "master",
      "INVALID_TARGET",
    ]);
    expect(results.every(({ target }, index) => target === targets[index])).toBe(true);
    expect(results[1]).toMatchObject({ outcome: "status", status: primary, elapsedMs: expect.any(Number) });
    expect(healthy.requests).toHaveLength(2);
  });

  it("gives the results as they come", async () => {
    await using healthy = await startStubManager(replyWith(200, primary));
    await using hole = await startBlackHole();
    const given: string[] = [];
    for await (const result of pollStatuses([hole, healthy], { timeoutMs: 2_000, retries: 0 })) {
      given.push(describeResult(result));
    }
    expect(given).toEqual(["master", "MANAGER_TIMED_OUT"]);
  });

  it("is made anew each time", async () => {
    await using manager = await startStubManager(replyWith(200, primary));
    const poll = pollStatuses([manager]);
    expect(manager.requests).toHaveLength(0);
    await poll.settled();
    await poll.settled();
    expect(manager.requests).toHaveLength(2);
  });

  it("of nothing is nothing", async () => {
    expect(await pollStatuses([]).settled()).toEqual([]);
    for await (const result of pollStatuses([])) expect.unreachable(describeResult(result));
  });

  it("has the token, the fetch and the retries of its options", async () => {
    const told: string[] = [];
    const urls: string[] = [];
    await using manager = await startStubManager((_, response) => response.destroy());
    const [result] = await pollStatuses([manager], {
      token: "secret",
      retries: 1,
      onRetry: ({ target }, attempt) => void told.push(`${target} ${attempt}`),
      fetch: (url, init) => {
        urls.push(`${url} ${init.headers["authorization"]}`);
        return fetch(url, init);
      },
    }).settled();
    const url = `http://127.0.0.1:${manager.port}/v1/status`;
    expect(result).toMatchObject({ outcome: "failed", error: { attempts: 2 } });
    expect(told).toEqual([`${url} 1`]);
    expect(urls).toEqual([`${url} Bearer secret`, `${url} Bearer secret`]);
  });

  it("costs one time for any number of dead targets", async () => {
    await using holes = await startBlackHoles(40);
    const { targets } = holes;
    const results = await pollStatuses(targets, { timeoutMs: 300 }).settled();
    expect(results.map(describeResult)).toEqual(targets.map(() => "MANAGER_TIMED_OUT"));
    // All were asked at once: the sum of their times is many times 300 ms.
    const latestMs = Math.max(...results.map(({ elapsedMs }) => elapsedMs));
    const sumMs = results.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0);
    expect(sumMs).toBeGreaterThan(10 * latestMs);
    await expect.poll(() => holes.open()).toBe(0);
  });

  it("asks no more at once than it may", async () => {
    let open = 0;
    let most = 0;
    await using manager = await startStubManager((request, response) => {
      open += 1;
      most = Math.max(most, open);
      setImmediate(() => {
        open -= 1;
        replyWith(200, primary)(request, response);
      });
    });
    const targets = Array.from({ length: 30 }, () => manager);
    const results = await pollStatuses(targets, { concurrency: 3 }).settled();
    expect(new Set(results.map(describeResult))).toEqual(new Set(["master"]));
    expect(most).toBeLessThanOrEqual(3);
  });

  it("ends all calls when its consumer leaves early", async () => {
    await using healthy = await startStubManager(replyWith(200, primary));
    await using holes = await startBlackHoles(20);
    const { signal } = new AbortController();
    const targets = [...holes.targets, healthy];
    for await (const result of pollStatuses(targets, { signal, timeoutMs: 60_000 })) {
      expect(describeResult(result)).toBe("master");
      break;
    }
    expect(getEventListeners(signal, "abort")).toEqual([]);
    await expect.poll(() => holes.open()).toBe(0);
  });

  it("ends with CALL_ABORTED of all that had not answered when its signal aborts", async () => {
    const controller = new AbortController();
    const reason = new Error("shutting down");
    await using holes = await startBlackHoles(3);
    await using healthy = await startStubManager(replyWith(200, primary));
    const targets = [healthy, ...holes.targets];
    const given: StatusPollResult[] = [];
    for await (const result of pollStatuses(targets, { signal: controller.signal, concurrency: 2 })) {
      given.push(result);
      controller.abort(reason);
    }
    expect(given.map(describeResult)).toEqual(["master", ...Array(3).fill("CALL_ABORTED")]);
    expect(given.at(-1)).toMatchObject({ error: { cause: reason, attempts: 0 } });
    await expect.poll(() => holes.open()).toBe(0);
  });

  it("asks nobody when its signal is aborted before, which may be a controller's", async () => {
    const controller = new AbortController();
    controller.abort();
    await using manager = await startStubManager(replyWith(200, primary));
    const results = await pollStatuses([manager, manager], controller).settled();
    expect(results.map(describeResult)).toEqual(["CALL_ABORTED", "CALL_ABORTED"]);
    expect(manager.requests).toEqual([]);
  });

  it("fails as a whole by what onRetry throws, and ends its calls", async () => {
    const thrown = new Error("no log");
    await using losing = await startStubManager((_, response) => response.destroy());
    await using hole = await startBlackHole();
    const onRetry = () => {
      throw thrown;
    };
    await expect(pollStatuses([hole, losing], { onRetry }).settled()).rejects.toBe(thrown);
    await expect.poll(() => hole.open()).toBe(0);
  });

  it.each([
    [{ concurrency: 0 }, RangeError],
    [{ concurrency: 1.5 }, RangeError],
    [{ timeoutMs: 0 }, RangeError],
    [{ retries: -1 }, RangeError],
    [{ token: "two words" }, TypeError],
  ])("can't be made with %j", (options, expected) => {
    expect(() => pollStatuses([], options)).toThrow(expected);
  });
});
