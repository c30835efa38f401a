import { describeError, isInstanceError } from "../errors.ts";
import { formatHostPort } from "../host-port.ts";
import type { RedisConnection } from "../redis/connection.ts";
import type { RedisAddress } from "../replication/own-address.ts";
import type { SentinelPoll } from "./named-primary.ts";
import type { ResolveHost } from "./resolve-host.ts";
import { parseSentinelView, type SentinelView } from "./sentinel-view.ts";

/** What {@link pollSentinels} needs. */
export interface PollOptions {
  /** Each address of a name is a sentinel. A name without any counts as one that doesn't answer. */
  readonly sentinels: readonly RedisAddress[];
  /** The name under which they monitor the primary. */
  readonly primaryName: string;
  readonly resolveHost: ResolveHost;
  /** Opens a connection to a sentinel, with deadlines of its own. */
  readonly connectToSentinel: (address: RedisAddress) => RedisConnection;
}

/** Asks all sentinels at once for the primary. Never throws an `InstanceError`: one that fails has no view. */
export async function pollSentinels(options: PollOptions): Promise<SentinelPoll> {
  const { sentinels, resolveHost } = options;
  const resolved = await Promise.all(
    sentinels.map(async ({ host, port }) => {
      const ips = await resolveHost(host);
      return ips.length === 0 ? [{ host, port }] : ips.map((ip) => ({ host: ip, port }));
    }),
  );
  const unique = new Map(
    resolved.flat().map((address) => [formatHostPort(address.host, address.port), address]),
  );
  const answers = await Promise.all([...unique.values()].map((address) => ask(address, options)));
  return {
    asked: answers.length,
    views: answers.filter((answer) => typeof answer !== "string"),
    trouble: answers.find((answer) => typeof answer === "string"),
  };
}

/** @returns Its view, or why there is none. */
async function ask(
  address: RedisAddress,
  { primaryName, connectToSentinel }: PollOptions,
): Promise<SentinelView | string> {
  const sentinel = connectToSentinel(address);
  try {
    const [primary, replicas] = await Promise.all([
      sentinel.send(["SENTINEL", "MASTER", primaryName]),
      sentinel.send(["SENTINEL", "REPLICAS", primaryName]),
    ]);
    return parseSentinelView({ primary, replicas });
  } catch (error) {
    if (isInstanceError(error)) return describeError(error);
    throw error;
  } finally {
    sentinel.close();
  }
}
