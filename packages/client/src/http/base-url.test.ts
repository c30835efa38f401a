import { describe, expect, it } from "vitest";
import { toBaseUrl } from "./base-url.ts";

describe("toBaseUrl", () => {
  it.each([
    [{ host: "10.0.0.7" }, "http://10.0.0.7:8080"],
    [{ host: "fd00::7" }, "http://[fd00::7]:8080"],
    [{ host: "[fd00::7]", port: 80 }, "http://[fd00::7]:80"],
    [{ host: "10.0.0.7", protocol: "http" }, "http://10.0.0.7:8080"],
    [{ host: "fd00::7", protocol: "https" }, "https://[fd00::7]:8080"],
    [{ host: "redis-0.redis.default.svc", port: 65535 }, "http://redis-0.redis.default.svc:65535"],
  ] as const)("addresses %j", (address, url) => {
    expect(toBaseUrl(address)).toBe(url);
  });

  it.each([
    "",
    "10.0.0.7:8080",
    "http://10.0.0.7",
    "10.0.0.7/path",
    "user:secret@10.0.0.7",
    "10.0.0.7?",
    "10.0.0.7#",
    "10.0.0.7 ",
    "fe80::1%eth0",
    "[fd00::7",
    "fd00::7]",
  ])("refuses the host %j", (host) => {
    expect(() => toBaseUrl({ host })).toThrow(TypeError);
  });

  it.each([0, -1, 65_536, 80.5, Number.NaN])("refuses the port %j", (port) => {
    expect(() => toBaseUrl({ host: "10.0.0.7", port })).toThrow(TypeError);
  });
});
