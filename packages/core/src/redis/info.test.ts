import { describe, expect, it } from "vitest";
import { optionalInteger, parseInfo, parseInfoPairs, requireField, requireInteger } from "./info.ts";

describe("parseInfo", () => {
  it("splits at the first colon, keeps bars in names, drops headers and line ends", () => {
    const info = parseInfo(
      "# Server\r\nconfig_file:/etc/redis:1/redis.conf\r\n\r\n# Commandstats\r\ncmdstat_config|get:calls=2,usec=9\r\nmaster_host:fd00::7\r\nempty:\r\n",
    );
    expect([...info]).toEqual([
      ["config_file", "/etc/redis:1/redis.conf"],
      ["cmdstat_config|get", "calls=2,usec=9"],
      ["master_host", "fd00::7"],
      ["empty", ""],
    ]);
  });
});

describe("parseInfoPairs", () => {
  it("finds values by key, in whatever place the server puts them", () => {
    const pairs = parseInfoPairs("keys=5,subexpiry=0,expires=1,avg_ttl=0");
    expect(pairs.get("expires")).toBe("1");
    expect(pairs.get("keys")).toBe("5");
  });
});

describe("integers of INFO", () => {
  const info = parseInfo(
    "small:-1\r\nlargest:9007199254740991\r\nbeyond:9007199254740992\r\nratio:1.5\r\nblank:\r\n",
  );

  it.each([
    ["small", -1],
    ["largest", Number.MAX_SAFE_INTEGER],
  ])("reads %s", (field, expected) => {
    expect(requireInteger(info, field)).toBe(expected);
    expect(optionalInteger(info, field)).toBe(expected);
  });

  it.each(["beyond", "ratio", "blank"])("refuses %s", (field) => {
    expect(() => requireInteger(info, field)).toThrow(
      expect.objectContaining({ code: "REDIS_REPLY_INVALID" }),
    );
  });

  it("tells a missing field from a zero", () => {
    expect(optionalInteger(info, "missing")).toBeUndefined();
    expect(() => requireField(info, "missing")).toThrow("lacks the field missing");
  });
});
