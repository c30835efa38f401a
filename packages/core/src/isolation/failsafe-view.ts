import { BlockList, isIP } from "node:net";
import { readFields } from "../kubernetes/fields.ts";
import type { RedisAddress } from "../replication/own-address.ts";

/** How one instance sees its cluster: what `GET /failsafe` says. */
export interface FailsafeView {
  readonly podName: string;
  /** The role that its Redis answered last. */
  readonly role: "primary" | "replica" | "unknown";
  /** Whom its Redis replicates from. */
  readonly follows: RedisAddress | undefined;
  /** The pod that `status.currentPrimary` names, as far as it knows. */
  readonly primary: { readonly podName: string; readonly ip: string | undefined } | undefined;
  /** From where it knows that: read since its start, as an earlier run stored it, or not at all. */
  readonly source: "api-server" | "disk" | "none";
  /** Milliseconds since the API server last confirmed it; only where it was read since the start. */
  readonly apiServerSeenMsAgo: number | undefined;
}

/** What an instance holds against a peer's view. */
export interface OwnView {
  readonly podName: string;
  readonly ipAddresses: readonly string[];
  /** As {@link FailsafeView.apiServerSeenMsAgo}, when the peer was asked. */
  readonly apiServerSeenMsAgo: number | undefined;
}

const roles = { master: "primary", slave: "replica" } as const;

/**
 * Parses the body of another manager's `GET /failsafe`.
 *
 * @throws InstanceError `KUBERNETES_REPLY_INVALID` or SyntaxError if it is no such view.
 */
export function parseFailsafeView(text: string): FailsafeView {
  const view = readFields(JSON.parse(text), "the view");
  const role = view.string("role");
  const source = view.string("source");
  const follows = view.string("follows.host");
  const primary = view.string("primary.podName");
  return {
    podName: view.string("podName") ?? "",
    role: role === "master" || role === "slave" ? roles[role] : "unknown",
    follows: follows === undefined ? undefined : { host: follows, port: Number(view.value("follows.port")) },
    primary: primary === undefined ? undefined : { podName: primary, ip: view.string("primary.ip") },
    source: source === "api-server" || source === "disk" ? source : "none",
    apiServerSeenMsAgo: parseAge(view.value("apiServerSeenMsAgo")),
  };
}

/**
 * Tells what in a peer's view speaks against this instance as the primary; `undefined` if nothing does.
 *
 * It has to have heard of the API server later than this instance, and to know another primary or to follow one: what it
 * heard before, this instance has heard as well.
 */
export function findObjection(view: FailsafeView, own: OwnView): string | undefined {
  const { primary, follows, source, apiServerSeenMsAgo = Number.POSITIVE_INFINITY } = view;
  const isFresher =
    source === "api-server" && apiServerSeenMsAgo < (own.apiServerSeenMsAgo ?? Number.POSITIVE_INFINITY);
  if (!isFresher) return undefined;
  if (primary !== undefined && primary.podName !== own.podName)
    return `knows ${primary.podName} as the primary`;
  if (follows !== undefined && isAnotherHost(follows.host, own)) return `follows ${follows.host}`;
  return undefined;
}

/** Loopback is what a Redis follows that follows nobody. A name can't be told from one of our own. */
function isAnotherHost(host: string, { ipAddresses }: OwnView): boolean {
  if (isIP(host) === 0) return false;
  const others = new BlockList();
  others.addSubnet("127.0.0.0", 8, "ipv4");
  others.addAddress("::1", "ipv6");
  for (const address of ipAddresses) others.addAddress(address, familyOf(address));
  return !others.check(host, familyOf(host));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

function parseAge(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 ? value : undefined;
}
