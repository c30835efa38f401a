import { setTimeout as pause } from "node:timers/promises";
import { type BackupRequest, ManagerError } from "@redis-operator/client";
import * as z from "zod";
import type { Agent } from "./agent.ts";
import { storeReply } from "./agents/messages.ts";
import type { Journal } from "./journal.ts";
import type { Sampler } from "./sampler.ts";
import type { Topology } from "./topology.ts";
import { findInstance } from "./view.ts";

/** A backup and what became of it. */
export interface BackupRecord {
  readonly name: string;
  readonly method: "rdb" | "aof";
  readonly pod: string;
  readonly role: "primary" | "replica";
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome:
    | { readonly ok: true; readonly key: string; readonly uri: string; readonly sizeBytes: number }
    | { readonly ok: false; readonly code: string; readonly reason: string };
  /** What is wrong with what is stored, for one that succeeded. */
  readonly mismatch: string | undefined;
}

/** Backups through the managers' API. */
export interface Backups {
  readonly records: readonly BackupRecord[];
  /** Makes the next one: methods and roles in turn. @returns What became of it. */
  run(): Promise<BackupRecord>;
  /** Makes one after the other until then, and waits for the last. */
  keepRunning(options: {
    readonly everyMs: number;
    readonly until: number;
    readonly signal: AbortSignal;
  }): Promise<void>;
}

const timeoutMs = 180_000;
const keptBackups = 4;
// A replica holds by then what its primary had acknowledged, outside of a fault.
const replicaFloorMs = 5_000;
const path = "soak";

/** Creates what makes backups. */
export function createBackups({
  topology,
  sampler,
  load,
  journal,
}: {
  readonly topology: Topology;
  readonly sampler: Sampler;
  readonly load: Agent;
  readonly journal: Journal;
}): Backups {
  const records: BackupRecord[] = [];
  const destination = {
    s3: { bucket: topology.bucket, path, endpoint: topology.storeEndpoint, region: "us-east-1" },
  } satisfies BackupRequest["destination"];
  let count = 0;
  let turn: Promise<unknown> = Promise.resolve();

  async function make(): Promise<BackupRecord> {
    const number = (count += 1);
    const method = number % 2 === 1 ? "rdb" : "aof";
    const role = number % 4 < 2 ? "primary" : "replica";
    const primary = sampler.view()?.named ?? "redis-0";
    const replicas = topology.instances.map((instance) => instance.name).filter((name) => name !== primary);
    const pod = role === "primary" ? primary : (replicas[number % replicas.length] ?? primary);
    const name = `soak-${String(number).padStart(3, "0")}`;
    const client = findInstance(topology, pod).client();
    const floorAgeMs = role === "primary" ? 0 : replicaFloorMs;
    await load.ask({ do: "mark", backup: name, floorAgeMs }, z.null());
    const startedAt = Date.now();
    const { outcome, mismatch } = await attempt();
    const record: BackupRecord = {
      name,
      method,
      pod,
      role,
      startedAt,
      endedAt: Date.now(),
      outcome,
      mismatch,
    };
    records.push(record);
    const said = outcome.ok ? `${outcome.sizeBytes} bytes` : outcome.reason;
    journal.note({
      kind: "backup",
      pod,
      detail: [`${name} ${method} of the ${role}:`, said, mismatch].filter(Boolean).join(" "),
    });
    return record;

    async function attempt(): Promise<Pick<BackupRecord, "outcome" | "mismatch">> {
      try {
        const result = await client.backup({ backupName: name, method, destination }, { timeoutMs });
        await load.ask({ do: "seal", backup: name }, z.null());
        const { objectKey: key, backupPath: uri, backupSize: sizeBytes, checksumSHA256 } = result;
        const found = await findMismatch({ key, sizeBytes, sha256: checksumSHA256 });
        await client.backups.prune({ destination, keepLast: keptBackups, dryRun: false });
        return { outcome: { ok: true, key, uri, sizeBytes }, mismatch: found };
      } catch (error) {
        const code = error instanceof ManagerError ? error.code : "OTHER";
        const reason = error instanceof Error ? error.message : String(error);
        return { outcome: { ok: false, code, reason }, mismatch: undefined };
      }
    }
  }

  /** Compares what lies in the store, read past the manager, with what the manager said of it. */
  async function findMismatch(told: {
    readonly key: string;
    readonly sizeBytes: number;
    readonly sha256: string;
  }) {
    const stored = await topology.store.ask({ checksumOf: told.key }, storeReply).catch(() => undefined);
    if (stored === undefined) return "the object isn't there";
    if (stored.sizeBytes !== told.sizeBytes) return `it has ${stored.sizeBytes} bytes`;
    if (stored.sha256 !== told.sha256) return "it has another checksum";
    const { keys = [] } = await topology.store.ask({ list: true }, storeReply);
    return keys.includes(`${told.key}.metadata.json`) ? undefined : "it has no metadata";
  }

  function run(): Promise<BackupRecord> {
    // One at a time, as an operator's schedule has them.
    const made = turn.then(make);
    turn = made;
    return made;
  }

  return {
    records,
    run,
    async keepRunning({ everyMs, until, signal }) {
      // The first one soon, so that a short run has some too.
      let nextAt = Date.now() + everyMs / 2;
      while (Date.now() < until && !signal.aborted) {
        if (Date.now() >= nextAt) {
          nextAt += everyMs;
          await run();
        }
        await pause(200);
      }
      await turn;
    },
  };
}
