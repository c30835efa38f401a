import { describe, expect, it } from "vitest";
import { parseInfo } from "../redis/info.ts";
import { parseReplicationStatus } from "./status.ts";

const primary = {
  role: "master",
  connected_slaves: "2",
  slave0: "ip=10.0.0.8,port=6379,state=online,offset=900,lag=1,type=replica",
  slave1: "ip=fd00::9,port=6380,state=wait_bgsave,offset=0,lag=0",
  master_replid: "8f3c",
  master_repl_offset: "1000",
};

const replica = {
  role: "slave",
  master_host: "10.0.0.7",
  master_port: "6379",
  master_link_status: "up",
  master_last_io_seconds_ago: "3",
  master_sync_in_progress: "0",
  slave_repl_offset: "5000",
  connected_slaves: "1",
  master_replid: "8f3c",
  master_repl_offset: "5000",
};

function parse(fields: Readonly<Record<string, string>>) {
  const lines = Object.entries(fields).map(([field, value]) => `${field}:${value}\r\n`);
  return parseReplicationStatus(parseInfo(`# Replication\r\n${lines.join("")}`));
}

describe("parseReplicationStatus", () => {
  it("reads a primary and the true lag of each of its replicas", () => {
    expect(parse(primary)).toEqual({
      role: "primary",
      offsetBytes: 1000,
      replicationId: "8f3c",
      connectedReplicas: 2,
      replicas: [
        { host: "10.0.0.8", port: 6379, state: "online", offsetBytes: 900, lagBytes: 100, lagSeconds: 1 },
        { host: "fd00::9", port: 6380, state: "wait_bgsave", offsetBytes: 0, lagBytes: 1000, lagSeconds: 0 },
      ],
    });
  });

  it("takes a replica that has continued its link and acknowledged nothing yet for behind by the backlog at most", () => {
    const slave0 = "ip=10.0.0.8,port=6379,state=online,offset=0,lag=0";
    const status = parse({ ...primary, slave0, repl_backlog_first_byte_offset: "991" });
    expect(status).toMatchObject({ replicas: [{ offsetBytes: 0, lagBytes: 10 }, { lagBytes: 1000 }] });
  });

  it("reads a replica whose link is up", () => {
    expect(parse(replica)).toEqual({
      role: "replica",
      offsetBytes: 5000,
      replicationId: "8f3c",
      primary: { host: "10.0.0.7", port: 6379 },
      link: "up",
      linkDownSeconds: undefined,
      lastIoSecondsAgo: 3,
      syncInProgress: false,
    });
  });

  it("reads a replica whose link has never been up: -1 means never", () => {
    const status = parse({
      ...replica,
      master_link_status: "down",
      master_last_io_seconds_ago: "-1",
      master_link_down_since_seconds: "-1",
      master_sync_in_progress: "1",
    });
    expect(status).toMatchObject({
      link: "down",
      linkDownSeconds: undefined,
      lastIoSecondsAgo: undefined,
      syncInProgress: true,
    });
  });

  it("counts a replica that Redis doesn't describe", () => {
    const { slave1: _, ...described } = primary;
    expect(parse(described)).toMatchObject({ connectedReplicas: 2, replicas: [{ host: "10.0.0.8" }] });
  });

  it("takes a clock that was set back for no lag, not a negative one", () => {
    const slave0 = "ip=10.0.0.8,port=6379,state=online,offset=900,lag=-3";
    expect(parse({ ...primary, slave0 })).toMatchObject({ replicas: [{ lagSeconds: 0 }, {}] });
  });

  it("takes a write between the two numbers of a primary for no lag, not a negative one", () => {
    const status = parse({ ...primary, master_repl_offset: "899" });
    expect(status).toMatchObject({ replicas: [{ lagBytes: 0 }, { lagBytes: 899 }] });
  });

  it.each([
    ["a missing role", primary, { role: undefined }],
    ["an unknown role", primary, { role: "sentinel" }],
    ["a missing offset of a primary", primary, { master_repl_offset: undefined }],
    ["an empty offset", primary, { master_repl_offset: "" }],
    ["an offset that is no number", primary, { master_repl_offset: "12x" }],
    ["a negative offset", primary, { master_repl_offset: "-1" }],
    ["an offset beyond 2^53", primary, { master_repl_offset: "9007199254740993" }],
    ["a replica line without an offset", primary, { slave1: "ip=10.0.0.9,port=6379,state=online,lag=0" }],
    ["a negative replica count", primary, { connected_slaves: "-1" }],
    ["a missing replica count", primary, { connected_slaves: undefined }],
    ["a missing offset of a replica", replica, { slave_repl_offset: undefined }],
    ["a missing link status", replica, { master_link_status: undefined }],
    ["an unknown link status", replica, { master_link_status: "sideways" }],
  ])("refuses %s instead of taking it for a zero", (_, fields, change) => {
    const changed = Object.entries({ ...fields, ...change }).flatMap(([field, value]) =>
      value === undefined ? [] : [[field, value] as const],
    );
    expect(() => parse(Object.fromEntries(changed))).toThrow(
      expect.objectContaining({ code: "REDIS_REPLY_INVALID" }),
    );
  });
});
