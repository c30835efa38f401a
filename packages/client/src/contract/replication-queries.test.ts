import { describe, expect, it } from "vitest";
import { describeIssues } from "./issues.ts";
import { demoteQuerySchema, promoteQuerySchema } from "./replication-queries.ts";

describe("demoteQuerySchema", () => {
  it.each([
    [{ primaryIP: "10.0.0.7" }, { primaryIP: "10.0.0.7", port: 6379 }],
    [
      { primaryIP: "fd00::7", port: "7000" },
      { primaryIP: "fd00::7", port: 7000 },
    ],
    [
      { primaryIP: "127.0.0.1", port: "65535", trace: "1" },
      { primaryIP: "127.0.0.1", port: 65535 },
    ],
    [
      { primaryIP: "::ffff:10.0.0.7", port: "1" },
      { primaryIP: "::ffff:10.0.0.7", port: 1 },
    ],
    [
      { primaryIP: "10.0.0.7", force: "true" },
      { primaryIP: "10.0.0.7", port: 6379, force: true },
    ],
  ])("reads %j", (query, target) => {
    expect(demoteQuerySchema.parse(query)).toEqual(target);
  });

  it.each([
    undefined,
    "",
    "primary.example.com",
    "010.0.0.7",
    "10.0.0",
    "10.0.0.7 ",
    "10.0.0.7\n",
    "10.0.0.7:6379",
    "[fd00::7]",
    "fe80::1%eth0",
    "1::]/[::1",
  ])("refuses primaryIP %j, which is no IP address", (primaryIP) => {
    const { error } = demoteQuerySchema.safeParse({ primaryIP });
    expect(error && describeIssues(error)).toBe("primaryIP: must be an IP address");
  });

  it.each(["0.0.0.0", "::", "0::0", "0:0:0:0:0:0:0:0", "::0.0.0.0", "::ffff:0.0.0.0", "0::ffff:0:0"])(
    "refuses %s, which a Redis would take for itself",
    (primaryIP) => {
      const { error } = demoteQuerySchema.safeParse({ primaryIP });
      expect(error && describeIssues(error)).toBe("primaryIP: must be the address of one host");
    },
  );

  it.each([
    "224.0.0.1",
    "239.255.255.255",
    "255.255.255.255",
    "ff02::1",
    "::ffff:224.0.0.1",
    "::ffff:255.255.255.255",
  ])("refuses %s, at which no single host is", (primaryIP) => {
    const { error } = demoteQuerySchema.safeParse({ primaryIP });
    expect(error && describeIssues(error)).toBe("primaryIP: must be the address of one host");
  });

  it.each(["223.255.255.255", "240.0.0.1", "fe00::1", "::ffff:0.14.0.1"])(
    "takes %s for a host",
    (primaryIP) => {
      expect(demoteQuerySchema.safeParse({ primaryIP }).success).toBe(true);
    },
  );

  it.each(["", "0", "65536", "-1", "+80", "6379abc", "1e3", "0x50", " 80", "80 ", "80\n", "80.0", "NaN"])(
    "refuses port %j",
    (port) => {
      const { error } = demoteQuerySchema.safeParse({ primaryIP: "10.0.0.7", port });
      expect(error && describeIssues(error)).toMatch(/^port: must be /);
    },
  );
});

describe("promoteQuerySchema", () => {
  it.each([
    [{}, {}],
    [{ minOffset: "0" }, { minOffset: 0 }],
    [{ force: "false" }, { force: false }],
    [
      { force: "true", minOffset: "0" },
      { force: true, minOffset: 0 },
    ],
    [
      { minOffset: "9007199254740991", replicationId: "8f3c" },
      { minOffset: 9_007_199_254_740_991, replicationId: "8f3c" },
    ],
  ])("reads %j", (query, preconditions) => {
    expect(promoteQuerySchema.parse(query)).toEqual(preconditions);
  });

  it.each([
    [{ minOffset: "" }],
    [{ minOffset: "-1" }],
    [{ minOffset: "1e3" }],
    [{ minOffset: "9007199254740993" }],
    [{ minOffset: "undefined" }],
    [{ replicationId: "" }],
    [{ force: "" }],
    [{ force: "1" }],
    [{ force: "TRUE" }],
  ])("refuses %j", (query) => {
    expect(promoteQuerySchema.safeParse(query).success).toBe(false);
  });

  it("refuses a parameter that it does not know, which may be a misspelt precondition", () => {
    expect(promoteQuerySchema.safeParse({ minoffset: "5" }).success).toBe(false);
  });
});
