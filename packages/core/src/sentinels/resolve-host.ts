import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Resolves a host to its IP addresses; to none if that fails or takes too long. */
export type ResolveHost = (host: string) => Promise<readonly string[]>;

/** Creates a resolver that has one lookup of a name under way at the most: one that hangs occupies a thread. */
export function createResolveHost({ timeoutMs }: { readonly timeoutMs: number }): ResolveHost {
  const underWay = new Map<string, Promise<readonly string[]>>();

  function begin(host: string): Promise<readonly string[]> {
    const resolved = resolve(host).finally(() => underWay.delete(host));
    underWay.set(host, resolved);
    return resolved;
  }

  return async (host) => {
    if (isIP(host) !== 0) return [host];
    const inTime = new AbortController();
    const late = pause<readonly string[]>(timeoutMs, [], { signal: inTime.signal }).catch(() => []);
    try {
      return await Promise.race([underWay.get(host) ?? begin(host), late]);
    } finally {
      inTime.abort();
    }
  };
}

async function resolve(host: string): Promise<readonly string[]> {
  try {
    const found = await lookup(host, { all: true });
    // A pod with two addresses is one sentinel: it counts once.
    return found.filter(({ family }) => family === found[0]?.family).map(({ address }) => address);
  } catch {
    return [];
  }
}
