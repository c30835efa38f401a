import { isIP } from "node:net";
import { isInstanceError } from "../errors.ts";
import { formatHostPort } from "../host-port.ts";
import type { RedisConnection } from "../redis/connection.ts";
import type { BootDecision } from "../replication/boot-role.ts";
import { isOwnAddress, type RedisAddress } from "../replication/own-address.ts";
import { readStatus } from "../replication/status.ts";
import { findNamedPrimary } from "./named-primary.ts";
import { type PollOptions, pollSentinels } from "./poll-sentinels.ts";
import { decideSentinelBootRole } from "./sentinel-boot-role.ts";

/** What {@link askBootRole} needs. */
export interface AskBootRoleOptions extends PollOptions {
  /** Opens a connection to another instance's Redis, with deadlines of its own. */
  readonly connect: (instance: RedisAddress) => RedisConnection;
  readonly own: OwnNames;
  readonly redisPort: number;
}

/** How the sentinels can name this instance. */
interface OwnNames {
  /** The first label of its host names. */
  readonly podName: string;
  /** The name that it announces. */
  readonly announceHost: string | undefined;
  readonly ipAddresses: readonly string[];
}

/**
 * Asks the sentinels in which role this instance is to be, and those whom it would follow or stand beside whether they are
 * primaries. Every question has its deadline.
 */
export async function askBootRole(options: AskBootRoleOptions): Promise<BootDecision> {
  const { own, redisPort, connect } = options;
  const isOwn = (address: RedisAddress) =>
    isIP(address.host) === 0
      ? address.port === redisPort && isOwnName(address.host, own)
      : isOwnAddress(address, { ...own, port: redisPort });
  const poll = await pollSentinels(options);
  const address = findNamedPrimary(poll);
  if (address === undefined) return decideSentinelBootRole({ poll, named: undefined, primaries: [] });
  const named = { address, isOwn: isOwn(address) };
  const replicas = poll.views.flatMap((view) => view.replicas.map((replica) => replica.address));
  const others = named.isOwn ? replicas.filter((replica) => !isOwn(replica)) : [address];
  return decideSentinelBootRole({ poll, named, primaries: await findPrimaries(others, connect) });
}

function isOwnName(host: string, { podName, announceHost }: OwnNames): boolean {
  const [label] = host.split(".", 1);
  return host === announceHost?.toLowerCase() || (podName !== "" && label === podName.toLowerCase());
}

async function findPrimaries(
  addresses: readonly RedisAddress[],
  connect: AskBootRoleOptions["connect"],
): Promise<readonly RedisAddress[]> {
  const unique = new Map(addresses.map((address) => [formatHostPort(address.host, address.port), address]));
  const found = await Promise.all(
    [...unique.values()].map(async (address) => ((await isPrimary(connect(address))) ? [address] : [])),
  );
  return found.flat();
}

async function isPrimary(redis: RedisConnection): Promise<boolean> {
  try {
    return (await readStatus(redis)).role === "primary";
  } catch (error) {
    if (isInstanceError(error)) return false;
    throw error;
  } finally {
    redis.close();
  }
}
