import { describe, expect, it } from "vitest";
import { createRecordingLogger } from "../../test/recording-logger.ts";
import type { PrimaryStatus, ReplicaStatus, ReplicationStatus } from "../replication/status.ts";
import { createReplicationEvents } from "./replication-events.ts";

const own = { ipAddresses: ["10.0.0.1"], port: 6379 };
const primary: PrimaryStatus = {
  role: "primary",
  offsetBytes: 50,
  replicationId: "aaaa",
  connectedReplicas: 0,
  replicas: [],
};
const replica: ReplicaStatus = {
  role: "replica",
  offsetBytes: 40,
  replicationId: "bbbb",
  primary: { host: "10.0.0.2", port: 6379 },
  link: "up",
  linkDownSeconds: undefined,
  lastIoSecondsAgo: 0,
  syncInProgress: false,
};
const down: ReplicaStatus = { ...replica, link: "down" };
const undesignated: ReplicaStatus = { ...down, primary: { host: "127.0.0.1", port: 6379 } };
const connected = {
  host: "10.0.0.3",
  port: 6379,
  state: "online",
  offsetBytes: 45,
  lagBytes: 5,
  lagSeconds: 0,
};

/** What is logged and told of these statuses, seen a second apart. */
function eventsOf(...statuses: readonly ReplicationStatus[]) {
  const { logger, lines } = createRecordingLogger();
  const roles: string[] = [];
  let nowMs = 0;
  const note = createReplicationEvents({
    own,
    observer: { roleChanged: (to) => void roles.push(to) },
    logger,
    now: () => nowMs,
  });
  for (const status of statuses) {
    note(status);
    nowMs += 1_000;
  }
  return { roles, lines: lines.map(({ fields, message }) => ({ message, ...fields })) };
}

const ofLink = { primary: "10.0.0.2:6379", offsetBytes: 40 };

describe("createReplicationEvents", () => {
  it("tells of a changed role with both offsets and replication ids, and of nothing twice", () => {
    const { roles, lines } = eventsOf(replica, replica, primary, primary);
    expect(roles).toEqual(["primary"]);
    expect(lines.slice(1)).toEqual([
      {
        message: "role changed",
        from: "replica",
        to: "primary",
        offsetBytesBefore: 40,
        offsetBytes: 50,
        replicationIdBefore: "bbbb",
        replicationId: "aaaa",
      },
    ]);
  });

  it.each<[what: string, statuses: readonly ReplicationStatus[], roles: readonly string[]]>([
    ["the first role", [primary], []],
    [
      "a primary that starts again, following itself until it is told its role",
      [primary, undesignated, primary],
      [],
    ],
    ["a primary that comes back as a replica", [primary, undesignated, replica], ["replica"]],
    ["there and back", [primary, replica, primary], ["replica", "primary"]],
  ])("counts changes of %s", (_, statuses, roles) => {
    expect(eventsOf(...statuses).roles).toEqual(roles);
  });

  it("tells how long the link was down, and up", () => {
    expect(eventsOf(down, down, replica, down).lines).toEqual([
      { message: "link up", ...ofLink, downForMs: 2_000 },
      { message: "link down", ...ofLink, upForMs: 1_000 },
    ]);
  });

  it("tells of another primary", () => {
    const other = { ...replica, primary: { host: "fd00::2", port: 6379 } };
    expect(eventsOf(replica, other).lines.slice(1)).toEqual([
      {
        message: "another primary is followed",
        primaryBefore: "10.0.0.2:6379",
        primary: "[fd00::2]:6379",
        offsetBytes: 40,
      },
    ]);
  });

  it("tells of a replica's full sync", () => {
    expect(eventsOf(down, { ...down, syncInProgress: true }, replica).lines).toEqual([
      { message: "full sync begun", ...ofLink },
      { message: "link up", ...ofLink, downForMs: 2_000 },
      { message: "full sync ended", ...ofLink, link: "up", durationMs: 1_000 },
    ]);
  });

  it("tells of a primary's replicas", () => {
    const syncing = { ...connected, state: "wait_bgsave", offsetBytes: 0, lagBytes: 50 };
    const named = { replica: "10.0.0.3:6379" };
    const statuses = [[], [syncing], [connected], [connected], []].map((replicas) => ({
      ...primary,
      replicas,
    }));
    expect(eventsOf(...statuses).lines).toEqual([
      { message: "replica connected", ...named, state: "wait_bgsave" },
      { message: "replica synced in full", ...named, offsetBytes: 45, lagBytes: 5, durationMs: 1_000 },
      { message: "replica gone", ...named, offsetBytes: 45, lagBytes: 5 },
    ]);
  });
});
