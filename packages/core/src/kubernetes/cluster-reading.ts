import { describeError } from "../errors.ts";
import { type Fields, readFields } from "./fields.ts";
import {
  parseCurrentPrimary,
  parseDirectives,
  parseFencedPods,
  parsePrimaryIsolation,
  type PrimaryIsolationSpec,
} from "./redis-cluster.ts";

/** What a RedisCluster says, all of it valid. */
export interface ClusterReading {
  readonly currentPrimary: string | undefined;
  readonly fencedPods: readonly string[] | undefined;
  readonly directives: Readonly<Record<string, string>>;
  readonly isolation: PrimaryIsolationSpec;
}

/** A reading, if there is one, and what didn't fit in what it was made from. */
export interface ParsedCluster {
  readonly reading: ClusterReading | undefined;
  readonly problems: readonly string[];
}

const unsetIsolation: PrimaryIsolationSpec = {
  enabled: undefined,
  apiServerTimeoutMs: undefined,
  peerTimeoutMs: undefined,
};

/**
 * Parses a RedisCluster part by part: a part that doesn't fit stays as it was last valid, so that a mistake in one
 * matters to no other.
 *
 * There is no reading while primary or directives have never been valid: without them Redis would start in the wrong
 * role, or look for its data in the wrong place.
 */
export function parseCluster(
  value: unknown,
  { what, last }: { readonly what: string; readonly last: ClusterReading | undefined },
): ParsedCluster {
  const problems: string[] = [];

  function part<Value>(parse: (cluster: Fields) => Value, whenInvalid: Value): Value {
    try {
      return parse(readFields(value, what));
    } catch (error) {
      problems.push(describeError(error));
      return whenInvalid;
    }
  }

  const currentPrimary = part(parseCurrentPrimary, last?.currentPrimary);
  const directives = part<ClusterReading["directives"] | undefined>(parseDirectives, last?.directives);
  const isLacking = problems.length > 0 && last === undefined;
  const fencedPods = part<ClusterReading["fencedPods"]>(parseFencedPods, last?.fencedPods);
  const isolation = part(parsePrimaryIsolation, last?.isolation ?? unsetIsolation);
  if (isLacking || directives === undefined) return { reading: undefined, problems };
  return { reading: { currentPrimary, fencedPods, directives, isolation }, problems };
}
