import type { NetworkPath } from "@redis-operator/testbed";

/** Every path between one host and others, in the named directions. */
export function cut(
  host: string,
  others: readonly string[],
  directions: readonly ("in" | "out")[] = ["in", "out"],
): readonly NetworkPath[] {
  return others.flatMap((other) =>
    directions.map((direction) =>
      direction === "out" ? { from: host, to: other } : { from: other, to: host },
    ),
  );
}

/** The hosts of the primary's peers at the start. */
export const peerHosts = ["redis-1", "redis-2"] as const;

/** All hosts but the primary's. */
export const otherHosts = ["operator", "api", "client", ...peerHosts] as const;
