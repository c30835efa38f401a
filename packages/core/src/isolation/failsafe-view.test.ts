import { describe, expect, it } from "vitest";
import { type FailsafeView, findObjection, parseFailsafeView } from "./failsafe-view.ts";

const own = { podName: "cache-0", ipAddresses: ["10.0.0.1", "fd00::1"], apiServerSeenMsAgo: 8_000 };

/** A replica of this instance that has just heard from the API server that this is the primary. */
const loyal: FailsafeView = {
  podName: "cache-1",
  role: "replica",
  follows: { host: "10.0.0.1", port: 6379 },
  primary: { podName: "cache-0", ip: "10.0.0.1" },
  source: "api-server",
  apiServerSeenMsAgo: 100,
};
const elsewhere = { podName: "cache-2", ip: "10.0.0.3" };
const following = (host: string) => ({ follows: { host, port: 6379 } });

describe("findObjection", () => {
  it.each<[string, Partial<FailsafeView>, string]>([
    ["knows another primary", { primary: elsewhere }, "knows cache-2 as the primary"],
    ["is one itself", { primary: { podName: "cache-1", ip: undefined } }, "knows cache-1 as the primary"],
    ["follows another already", following("10.0.0.3"), "follows 10.0.0.3"],
    ["follows another over IPv6", following("fd00::3"), "follows fd00::3"],
    [
      "knows nobody and follows another",
      { primary: undefined, ...following("10.0.0.3") },
      "follows 10.0.0.3",
    ],
  ])("is that a peer %s", (_what, part, objection) => {
    expect(findObjection({ ...loyal, ...part }, own)).toBe(objection);
  });

  it("is heard of by an instance that never read from the API server itself", () => {
    const view = { ...loyal, primary: elsewhere, apiServerSeenMsAgo: 3_600_000 };
    expect(findObjection(view, { ...own, apiServerSeenMsAgo: undefined })).toBe(
      "knows cache-2 as the primary",
    );
  });

  it.each<[string, Partial<FailsafeView>]>([
    ["knows this one as the primary", {}],
    ["heard of the API server before this one did", { primary: elsewhere, apiServerSeenMsAgo: 8_001 }],
    ["heard of it as long ago as this one", { primary: elsewhere, apiServerSeenMsAgo: 8_000 }],
    ["knows it only from disk", { primary: elsewhere, source: "disk", apiServerSeenMsAgo: undefined }],
    ["never heard of it", { primary: elsewhere, source: "none", apiServerSeenMsAgo: undefined }],
    ["doesn't say when it heard of it", { primary: elsewhere, apiServerSeenMsAgo: undefined }],
    ["follows nobody", { primary: undefined, follows: undefined }],
    [
      "follows itself, as one that waits for its role does",
      { primary: undefined, ...following("127.0.0.1") },
    ],
    ["follows this one in another notation", { primary: undefined, ...following("::ffff:10.0.0.1") }],
    ["follows a name", { primary: undefined, ...following("cache-2.cache") }],
  ])("is not made by a peer that %s", (_what, part) => {
    expect(findObjection({ ...loyal, ...part }, own)).toBeUndefined();
  });
});

describe("parseFailsafeView", () => {
  it("reads what a manager says", () => {
    const text = JSON.stringify({ ...loyal, role: "slave" });
    expect(parseFailsafeView(text)).toEqual(loyal);
  });

  it.each(["{}", '{"role":"other","source":"elsewhere","apiServerSeenMsAgo":-1,"junk":1}'])(
    "takes %s for a view that says nothing",
    (text) => {
      expect(parseFailsafeView(text)).toEqual({
        podName: "",
        role: "unknown",
        follows: undefined,
        primary: undefined,
        source: "none",
        apiServerSeenMsAgo: undefined,
      });
    },
  );

  it.each([
    ["", "JSON"],
    ["ok", "JSON"],
    ["[]", "the view is no JSON object"],
    ['{"primary":1}', "the view: primary is no object"],
    ['{"podName":{}}', "the view: podName is no string"],
  ])("refuses %j", (text, message) => {
    expect(() => parseFailsafeView(text)).toThrow(message);
  });
});
