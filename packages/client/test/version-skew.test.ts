import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createInstanceClient, type InstanceClient } from "../src/index.ts";
import { startRecordedManager } from "./recorded-manager.ts";

/** What is called, and what comes of it. */
type Row = readonly [replies: string, call: (client: InstanceClient) => Promise<unknown>, outcome: unknown];

const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/);
const backupRequest = { backupName: "nightly", destination: { s3: { bucket: "my-bucket" } } };
const prune = { destination: backupRequest.destination, keepLast: 1 };
const refusal = (status: number, code: string) => ({ status, code });
/** A failed call is an outcome too. */
const outcomeOf = (call: Promise<unknown>) => call.catch((error: unknown) => error);

const probeRows: readonly Row[] = [
  ["healthz", (client) => client.healthz(), { ok: true }],
  ["readyz", (client) => client.readyz(), { ok: true }],
  ["healthz-dead", (client) => client.healthz(), { ok: false, reason: "redis-server not running" }],
  [
    "readyz-unready",
    (client) => client.readyz(),
    { ok: false, reason: expect.stringMatching(/^redis not ready: /) },
  ],
];

/** What a manager of version 0.1 answered. */
const release01: readonly Row[] = [
  ...probeRows,
  ["healthz-verbose", (client) => client.healthzVerbose(), { alive: true, checks: expect.any(Array) }],
  ["failsafe", (client) => client.failsafe(), { podName: "cache-0", source: "none" }],
  ["status-primary", (client) => client.status(), { role: "master", connected: true, replicas: [] }],
  ["status-replica", (client) => client.status(), { role: "slave", masterLinkStatus: "up" }],
  ["status-unreachable", (client) => client.status(), refusal(503, "REDIS_UNREACHABLE")],
  ["promote", (client) => client.promote(), { role: "master" }],
  ["promote-text", (client) => client.promote(), undefined],
  ["promote-unmet", (client) => client.promote({ minOffset: 1 }), refusal(412, "PRECONDITION_UNMET")],
  ["demote", (client) => client.demote({ primaryIP: "10.0.0.7", port: 6379 }), { role: "slave" }],
  ["demote-text", (client) => client.demote({ primaryIP: "10.0.0.7", port: 6379 }), undefined],
  ["backup", (client) => client.backup(backupRequest), { artifactType: "rdb", checksumSHA256: sha256 }],
  ["backup-accepted backup-job", (client) => client.backup(backupRequest), { checksumSHA256: sha256 }],
  ["backup-job", (client) => client.backups.get("nightly"), { phase: "succeeded" }],
  ["backup-unknown", (client) => client.backups.get("none"), refusal(404, "BACKUP_NOT_FOUND")],
  ["backups", (client) => client.backups.list(), [{ backupName: "nightly" }]],
  ["cancel", (client) => client.backups.cancel("nightly"), { phase: "succeeded" }],
  ["prune", (client) => client.backups.prune(prune), { dryRun: true, kept: [{ reason: "newest" }] }],
  ["metrics", (client) => client.metrics(), expect.stringMatching(/^redis_up\{.*\} 1$/m)],
];

/** What a manager answers that knows no extension and writes its errors in plain text. */
const minimal: readonly Row[] = [
  ...probeRows,
  [
    "status-primary",
    (client) => client.status(),
    { role: "master", replicationOffset: 5000, connectedReplicas: 2, connected: true },
  ],
  ["status-replica", (client) => client.status(), { role: "slave", masterLinkStatus: "up" }],
  ["status-unreachable", (client) => client.status(), refusal(503, "REFUSED")],
  ["promote", (client) => client.promote(), undefined],
  ["demote", (client) => client.demote({ primaryIP: "10.0.0.7", port: 6379 }), undefined],
  ["backup", (client) => client.backup(backupRequest), { backupSize: 123_456, checksumSHA256: sha256 }],
  ["backups", (client) => client.backups.list(), refusal(404, "REFUSED")],
  ["metrics", (client) => client.metrics(), expect.stringContaining("redis_up{")],
];

describe.each([
  ["version 0.1", "replies-0.1", release01],
  ["no extension", "replies-minimal", minimal],
])("this SDK with a manager of %s", (_, folder, rows) => {
  const at = (name: string) => new URL(`fixtures/${folder}/${name}`, import.meta.url);

  it.each(rows)("understands %s", async (replies, call, outcome) => {
    const names = replies.split(" ");
    await using manager = await startRecordedManager(names.map((name) => at(`${name}.http`)));
    const answer = { is: await outcomeOf(call(createInstanceClient(manager))) };
    expect(answer).toMatchObject({ is: outcome });
  });

  it("is tried with every reply that was recorded", () => {
    const tried = new Set(rows.flatMap(([replies]) => replies.split(" ")));
    expect(readdirSync(at("")).toSorted()).toEqual(Array.from(tried, (name) => `${name}.http`).toSorted());
  });
});
