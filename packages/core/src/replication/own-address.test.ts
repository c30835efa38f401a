import { describe, expect, it } from "vitest";
import { isOwnAddress } from "./own-address.ts";

const own = { ipAddresses: ["10.0.0.7", "fd00::7"], port: 6379 };

describe("isOwnAddress", () => {
  it.each([
    ["its IPv4 address", "10.0.0.7", 6379, true],
    ["its IPv4 address written as IPv6", "::ffff:10.0.0.7", 6379, true],
    ["its IPv6 address in another notation", "fd00:0:0:0:0:0:0:7", 6379, true],
    ["loopback", "127.0.0.1", 6379, true],
    ["another address of the loopback net", "127.1.2.3", 6379, true],
    ["IPv6 loopback", "::1", 6379, true],
    ["its address with another port", "10.0.0.7", 6380, false],
    ["another IPv4 address", "10.0.0.8", 6379, false],
    ["another IPv6 address", "fd00::8", 6379, false],
  ])("takes %s for what it is", (_, host, port, expected) => {
    expect(isOwnAddress({ host, port }, own)).toBe(expected);
  });
});
