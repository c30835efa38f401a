import { InstanceError } from "../errors.ts";
import type { RedisAddress } from "../replication/own-address.ts";

/** What one sentinel says of the primary that it monitors. */
export interface SentinelView {
  readonly primary: RedisAddress;
  /** Counts failovers: of two views that differ, the one with the higher epoch is the later. */
  readonly epoch: number;
  readonly isFailingOver: boolean;
  /** It takes the primary for down, or may soon: it isn't in touch with it, or has been told for long that it is a replica. */
  readonly isPrimaryInDoubt: boolean;
  readonly replicas: readonly KnownReplica[];
  /** The other sentinels that it knows, down or not. */
  readonly otherSentinels: number;
  /** How many sentinels have to agree that the primary is down. */
  readonly quorum: number;
}

/** A replica that a sentinel knows, there or not. */
export interface KnownReplica {
  readonly address: RedisAddress;
  /** A failover could make it the primary. */
  readonly isElectable: boolean;
}

/** The replies to `SENTINEL MASTER` and `SENTINEL REPLICAS`. */
export interface SentinelReplies {
  readonly primary: unknown;
  readonly replicas: unknown;
}

type Fields = ReadonlyMap<string, string>;

// How often Sentinel pings a primary, and how often it asks it for its role; fixed in its source.
const pingPeriodMs = 1_000;
const infoPeriodMs = 10_000;

/**
 * Parses what a sentinel replies.
 *
 * @throws InstanceError `REDIS_REPLY_INVALID` if a field is missing or garbled.
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/#sentinel-api
 */
export function parseSentinelView({ primary, replicas }: SentinelReplies): SentinelView {
  const fields = parseFields(primary);
  const flags = parseFlags(fields);
  return {
    primary: parseAddress(fields),
    epoch: readInteger(fields, "config-epoch"),
    isFailingOver: flags.has("failover_in_progress"),
    isPrimaryInDoubt: !isReached(flags) || isSilent(fields) || isAboutToBeDown(fields),
    replicas: parseList(replicas).flatMap((reply) => parseReplica(parseFields(reply))),
    otherSentinels: readInteger(fields, "num-other-sentinels"),
    quorum: readInteger(fields, "quorum"),
  };
}

/**
 * A primary that answers as a replica counts as down after `down-after-milliseconds` and two periods. Within the last of
 * them Sentinel may not have asked again before, so that becoming a primary now could come too late.
 */
function isAboutToBeDown(fields: Fields): boolean {
  const sinceMs = readInteger(fields, "role-reported-time");
  const isReplica = readField(fields, "role-reported") === "slave";
  return isReplica && sinceMs > readInteger(fields, "down-after-milliseconds") + infoPeriodMs;
}

/** @returns Nothing for a name that the sentinel can't resolve. */
function parseReplica(fields: Fields): readonly KnownReplica[] {
  if (fields.get("ip") === "") return [];
  const flags = parseFlags(fields);
  return [
    {
      address: parseAddress(fields),
      isElectable: isReached(flags) && readInteger(fields, "slave-priority") > 0,
    },
  ];
}

function isReached(flags: ReadonlySet<string>): boolean {
  return !["s_down", "o_down", "disconnected"].some((flag) => flags.has(flag));
}

/** A name may still lead it to an address that the pod had before. */
function isSilent(fields: Fields): boolean {
  return readInteger(fields, "last-ok-ping-reply") > 2 * pingPeriodMs;
}

function parseFlags(fields: Fields): ReadonlySet<string> {
  return new Set(readField(fields, "flags").split(","));
}

function parseAddress(fields: Fields): RedisAddress {
  return { host: readField(fields, "ip").toLowerCase(), port: readInteger(fields, "port") };
}

function readField(fields: Fields, name: string): string {
  const value = fields.get(name) ?? "";
  if (value === "") throw invalid(`a sentinel answered without the field ${name}`);
  return value;
}

function readInteger(fields: Fields, name: string): number {
  const value = readField(fields, name);
  if (!/^-?\d+$/.test(value)) throw invalid(`a sentinel answered ${name} that is no whole number`);
  return Number(value);
}

/** Names and values take turns. */
function parseFields(reply: unknown): Fields {
  const words = parseList(reply).map(String);
  const names = words.filter((_, index) => index % 2 === 0);
  return new Map(names.map((name, index) => [name, words[index * 2 + 1] ?? ""]));
}

function parseList(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw invalid("a sentinel answered no list");
}

function invalid(message: string): InstanceError {
  return new InstanceError("REDIS_REPLY_INVALID", message);
}
