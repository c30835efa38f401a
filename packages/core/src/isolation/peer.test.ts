import { describe, expect, it } from "vitest";
import { isOwnManager, parsePeers } from "./peer.ts";

describe("parsePeers", () => {
  it.each([
    ["", []],
    [" , ,", []],
    ["10.0.0.2", [{ host: "10.0.0.2", port: 8080 }]],
    ["10.0.0.2:9090", [{ host: "10.0.0.2", port: 9090 }]],
    ["redis-1.redis.default.svc:1", [{ host: "redis-1.redis.default.svc", port: 1 }]],
    ["[fd00::2]", [{ host: "fd00::2", port: 8080 }]],
    ["[::1]:65535", [{ host: "::1", port: 65_535 }]],
    [
      " a , b:81,[::1]:82,",
      [
        { host: "a", port: 8080 },
        { host: "b", port: 81 },
        { host: "::1", port: 82 },
      ],
    ],
  ])("reads %j", (text, peers) => {
    expect(parsePeers(text, { defaultPort: 8080 })).toEqual(peers);
  });

  it.each([
    "fd00::2",
    "::1",
    "[10.0.0.2]",
    "[fd00::2",
    "[]",
    "[fd00::2]8080",
    "[fe80::1%eth0]:80 x",
    "a:0",
    "a:65536",
    "a:-1",
    "a:",
    ":8080",
    "a:b",
    "http://a",
    "a/b",
    "a b",
    "user@a",
  ])("refuses %j, naming it", (entry) => {
    expect(() => parsePeers(`10.0.0.2,${entry}`, { defaultPort: 8080 })).toThrow(
      new SyntaxError(`expected host[:port] with an IPv6 address in brackets, not ${JSON.stringify(entry)}`),
    );
  });
});

describe("isOwnManager", () => {
  const own = { podName: "redis-0", ipAddresses: ["10.0.0.1", "fd00::1"], port: 8080 };

  it.each([
    { host: "10.0.0.1", port: 8080 },
    { host: "::ffff:10.0.0.1", port: 8080 },
    { host: "fd00:0:0::1", port: 8080 },
    { host: "127.0.0.1", port: 8080 },
    { host: "redis-0", port: 8080 },
    { host: "redis-0.redis.default.svc", port: 9090 },
  ])("knows itself by $host port $port", (peer) => {
    expect(isOwnManager(peer, own)).toBe(true);
  });

  it.each([
    { host: "10.0.0.1", port: 8081 },
    { host: "10.0.0.2", port: 8080 },
    { host: "fd00::2", port: 8080 },
    { host: "redis-1", port: 8080 },
    { host: "redis-00.redis", port: 8080 },
    { host: "redis.redis-0", port: 8080 },
  ])("takes $host port $port for another", (peer) => {
    expect(isOwnManager(peer, own)).toBe(false);
  });

  it("knows no name of its own when the pod's is not given", () => {
    expect(isOwnManager({ host: "redis-0", port: 8080 }, { ...own, podName: undefined })).toBe(false);
  });
});
