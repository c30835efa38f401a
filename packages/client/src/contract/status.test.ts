import { describe, expect, it } from "vitest";
import { instanceStatusSchema } from "./status.ts";

const primary = { role: "master", replicationOffset: 5000, connectedReplicas: 1, connected: true };
const replica = {
  role: "slave",
  replicationOffset: 5000,
  connectedReplicas: 0,
  masterLinkStatus: "up",
  connected: true,
};

describe("instanceStatusSchema", () => {
  it.each([
    ["a primary without extensions", primary],
    ["a replica without extensions", replica],
    [
      "a primary with every extension",
      {
        ...primary,
        replicationId: "8f3c",
        observedAt: "2026-11-22T18:00:00.123Z",
        replicas: [{ host: "10.0.0.8", port: 0, state: "online", offset: 4990, lagBytes: 10, lagSeconds: 1 }],
      },
    ],
    [
      "a replica with every extension",
      {
        ...replica,
        masterLinkStatus: "down",
        replicationId: "8f3c",
        observedAt: "2026-11-22T18:00:00+01:00",
        primary: { host: "fd00::7", port: 6379 },
        linkDownSeconds: 3,
        lastIoSecondsAgo: 4,
        syncInProgress: true,
      },
    ],
    ["the greatest offset that JSON holds exactly", { ...primary, replicationOffset: 2 ** 53 - 1 }],
  ])("reads %s", (_, status) => {
    expect(instanceStatusSchema.parse(status)).toEqual(status);
  });

  it("drops what it does not know", () => {
    expect(instanceStatusSchema.parse({ ...primary, unknown: 1 })).toEqual(primary);
  });

  it.each([
    ["another role", { ...primary, role: "primary" }],
    ["no role", { ...primary, role: undefined }],
    ["no offset", { ...primary, replicationOffset: undefined }],
    ["a negative offset", { ...primary, replicationOffset: -1 }],
    ["an offset as text", { ...primary, replicationOffset: "5000" }],
    ["a fractional offset", { ...primary, replicationOffset: 0.5 }],
    ["connected: false", { ...primary, connected: false }],
    ["a replica without masterLinkStatus", { ...replica, masterLinkStatus: undefined }],
    ["another masterLinkStatus", { ...replica, masterLinkStatus: "connecting" }],
    ["a date that is none", { ...primary, observedAt: "yesterday" }],
  ])("refuses %s", (_, status) => {
    expect(instanceStatusSchema.safeParse(status).success).toBe(false);
  });

  it.each(["9007199254740992", "9007199254740993", "18446744073709551615", "1e400"])(
    "refuses the JSON number %s, which JSON.parse rounds",
    (number) => {
      const json = JSON.stringify(primary).replace("5000", number);
      expect(instanceStatusSchema.safeParse(JSON.parse(json)).success).toBe(false);
    },
  );
});
