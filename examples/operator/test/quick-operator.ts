import type { RedisClusterOnHost } from "@redis-operator/testbed";
import { type OperatorOptions, type OperatorProcess, startOperator } from "../local/start-operator.ts";

// What is down refuses at once; what lives has the time that it takes on a busy machine.
const quick = { POLL_INTERVAL: "200ms", POLL_TIMEOUT: "2s", LOST_AFTER: "600ms" };

/** Starts an operator that is as impatient as a test. */
export function startQuickOperator(
  cluster: RedisClusterOnHost,
  { env, ...options }: OperatorOptions = {},
): Promise<OperatorProcess> {
  return startOperator(cluster, { ...options, env: { ...quick, ...env } });
}
