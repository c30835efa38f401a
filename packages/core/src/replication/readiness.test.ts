import { describe, expect, it } from "vitest";
import { decideReadiness } from "./readiness.ts";
import type { ReplicaStatus } from "./status.ts";

const replica: ReplicaStatus = {
  role: "replica",
  offsetBytes: 10,
  replicationId: "8f3c",
  primary: { host: "10.0.0.7", port: 6379 },
  link: "up",
  linkDownSeconds: undefined,
  lastIoSecondsAgo: 2,
  syncInProgress: false,
};

describe("decideReadiness with a bound of 5 s", () => {
  it.each([
    [
      "a replica that doesn't say when it heard of its primary",
      { ...replica, lastIoSecondsAgo: undefined },
      { ready: false, reason: "primary never heard of" },
    ],
    ["a replica within the bound", replica, { ready: true }],
    ["a replica at the bound", { ...replica, lastIoSecondsAgo: 5 }, { ready: true }],
    [
      "a replica beyond the bound",
      { ...replica, lastIoSecondsAgo: 6 },
      { ready: false, reason: "primary silent for 6 s" },
    ],
    [
      "a replica whose link is down",
      { ...replica, link: "down" },
      { ready: false, reason: "link to the primary down" },
    ],
    [
      "a replica in the middle of a sync",
      { ...replica, link: "down", syncInProgress: true },
      { ready: false, reason: "sync in progress" },
    ],
    [
      "a primary",
      { role: "primary", offsetBytes: 1, replicationId: "8f3c", connectedReplicas: 0, replicas: [] },
      { ready: true },
    ],
  ] as const)("judges %s", (_, status, expected) => {
    expect(decideReadiness(status, 5_000)).toEqual(expected);
  });
});
