import { describe, expect, it } from "vitest";
import { parseSentinelView } from "./sentinel-view.ts";

const monitored = {
  name: "cache",
  ip: "Cache-0.cache.shop.svc",
  port: "6379",
  flags: "master",
  "last-ok-ping-reply": "2000",
  "role-reported": "master",
  "role-reported-time": "600000",
  "down-after-milliseconds": "5000",
  "config-epoch": "3",
  "num-other-sentinels": "2",
  quorum: "2",
};
const replica = { ip: "10.0.0.8", port: "6379", flags: "slave", "slave-priority": "100" };

function parse(primary: Readonly<Record<string, string>>, replicas: readonly (typeof replica)[] = []) {
  return parseSentinelView({
    primary: Object.entries({ ...monitored, ...primary }).flat(),
    replicas: replicas.map((fields) => Object.entries(fields).flat()),
  });
}

describe("parseSentinelView", () => {
  it("reads a primary in health and its replicas", () => {
    expect(parse({}, [replica])).toEqual({
      primary: { host: "cache-0.cache.shop.svc", port: 6379 },
      epoch: 3,
      isFailingOver: false,
      isPrimaryInDoubt: false,
      replicas: [{ address: { host: "10.0.0.8", port: 6379 }, isElectable: true }],
      otherSentinels: 2,
      quorum: 2,
    });
  });

  it.each([
    ["s_down,master", true],
    ["s_down,o_down,master,disconnected", true],
    ["master,disconnected", true],
    ["master,failover_in_progress,force_failover", false],
  ])("reads from the flags %s whether the primary is taken for down", (flags, expected) => {
    expect(parse({ flags }).isPrimaryInDoubt).toBe(expected);
  });

  it("takes one that it has not heard of for two pings for one that may be down", () => {
    expect(parse({ "last-ok-ping-reply": "2001" }).isPrimaryInDoubt).toBe(true);
  });

  it.each([
    ["slave", "15000", false],
    ["slave", "15001", true],
    ["master", "15001", false],
  ])(
    "takes one that has answered as a %s for %s ms for one that is about to be down: %s",
    (role, ms, expected) => {
      const fields = { "role-reported": role, "role-reported-time": ms };
      expect(parse(fields).isPrimaryInDoubt).toBe(expected);
    },
  );

  it("sees a failover that is under way", () => {
    expect(parse({ flags: "s_down,o_down,master,failover_in_progress" }).isFailingOver).toBe(true);
  });

  it.each([
    ["s_down,slave", "100"],
    ["slave,disconnected", "100"],
    ["slave", "0"],
  ])(
    "takes a replica with the flags %s and the priority %s for none that can be chosen",
    (flags, priority) => {
      const { replicas } = parse({}, [{ ...replica, flags, "slave-priority": priority }]);
      expect(replicas.map(({ isElectable }) => isElectable)).toEqual([false]);
    },
  );

  it("leaves out a replica whose name can't be resolved", () => {
    expect(parse({}, [{ ...replica, ip: "" }]).replicas).toEqual([]);
  });

  it.each([
    ["no list", { primary: "OK", replicas: [] }],
    ["a list that lacks a field", { primary: ["ip", "10.0.0.7"], replicas: [] }],
    ["no address", { primary: Object.entries({ ...monitored, ip: "" }).flat(), replicas: [] }],
    ["no number", { primary: Object.entries({ ...monitored, quorum: "two" }).flat(), replicas: [] }],
    ["no list of replicas", { primary: Object.entries(monitored).flat(), replicas: "none" }],
  ])("refuses %s", (_, replies) => {
    expect(() => parseSentinelView(replies)).toThrow(
      expect.objectContaining({ code: "REDIS_REPLY_INVALID" }),
    );
  });
});
