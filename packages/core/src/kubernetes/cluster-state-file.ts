import { readFileSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { describeError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { ClusterState } from "./cluster-observer.ts";
import type { DataPod } from "./data-pods.ts";
import { type Fields, readFields } from "./fields.ts";
import type { ClusterName } from "./redis-cluster.ts";

/** A state as it was stored. */
export interface StoredClusterState {
  readonly state: ClusterState;
  readonly storedAt: Date;
}

/** Where an observer keeps what it knows for the next run. Best effort: a failure is logged and costs nothing else. */
export interface ClusterStateFile {
  /** What an earlier run stored of this cluster; `undefined` if there is nothing, or nothing that can be read. */
  read(): StoredClusterState | undefined;
  /** Replaces the file, whole or not at all; of several under way the last one counts. @returns Whether it is stored. */
  store(state: ClusterState): Promise<boolean>;
}

/** Keeps the state of one cluster in the file at `path`, readable by its owner only. */
export function createClusterStateFile(
  path: string,
  { cluster, logger }: { readonly cluster: ClusterName; readonly logger: Logger },
): ClusterStateFile {
  const identity = `${cluster.namespace}/${cluster.name}`;
  let storing: Promise<unknown> = Promise.resolve();
  let hasWarned = false;

  async function replace(state: ClusterState): Promise<boolean> {
    const unfinished = `${path}.unfinished`;
    const stored = { cluster: identity, storedAt: new Date(), ...state };
    try {
      await writeFile(unfinished, JSON.stringify(stored), { mode: 0o600, flush: true });
      await rename(unfinished, path);
      hasWarned = false;
      return true;
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined);
      // Not there before Redis is started for the first time, nor where another container has the data.
      const isFolderMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!hasWarned && !isFolderMissing) {
        logger.warn({ path, err: error }, "storing the cluster's state failed: a restart begins without it");
      }
      hasWarned ||= !isFolderMissing;
      return false;
    }
  }

  return {
    read() {
      const text = readIfThere(path);
      if (text === undefined) return undefined;
      try {
        const stored = readFields(JSON.parse(text), path);
        const storedOf = stored.string("cluster");
        if (storedOf !== identity) throw new Error(`it is of the cluster ${storedOf}`);
        return { state: parseState(stored), storedAt: parseDate(stored.string("storedAt")) };
      } catch (error) {
        logger.warn({ path, reason: describeError(error) }, "the stored state of the cluster is ignored");
        return undefined;
      }
    },
    store(state) {
      const stored = storing.then(() => replace(state));
      storing = stored;
      return stored;
    },
  };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function parseState(stored: Fields): ClusterState {
  const podName = stored.string("primary.podName");
  const isFencingKnown = stored.value("fencedPods") !== undefined;
  return {
    primary: podName === undefined ? undefined : { podName, ip: stored.parsed("primary.ip", parseIp) },
    fencedPods: isFencingKnown ? stored.list("fencedPods").map(parseName) : undefined,
    directives: stored.strings("directives"),
    isolation: {
      enabled: stored.boolean("isolation.enabled"),
      apiServerTimeoutMs: parseMs(stored.value("isolation.apiServerTimeoutMs")),
      peerTimeoutMs: parseMs(stored.value("isolation.peerTimeoutMs")),
    },
    pods: stored.list("pods").map(parsePod),
  };
}

function parsePod(value: unknown): DataPod {
  const pod = readFields(value, "a pod");
  return { name: parseName(pod.string("name")), ip: parseIp(pod.string("ip") ?? "") };
}

function parseName(value: unknown): string {
  if (typeof value === "string") return value;
  throw new SyntaxError("a pod has no name");
}

function parseIp(text: string): string {
  if (isIP(text) !== 0) return text;
  throw new SyntaxError("an address is no IP address");
}

function parseMs(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
  throw new SyntaxError("a timeout is no whole number above 0");
}

function parseDate(text: string | undefined): Date {
  const date = new Date(text ?? "");
  if (Number.isNaN(date.getTime())) throw new SyntaxError("it doesn't say when it was stored");
  return date;
}
