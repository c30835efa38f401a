import { routes } from "./contract/routes.ts";
import type { ClientOptions, RepeatableCallOptions } from "./http/call-options.ts";
import { createCaller } from "./http/caller.ts";
import { askProbe, type ProbeAnswer } from "./probe.ts";

/** The manager of one sentinel pod. Every method throws a `ManagerError`. */
export interface SentinelClient {
  /** Liveness: is the redis-sentinel process running? */
  healthz(options?: RepeatableCallOptions): Promise<ProbeAnswer>;
  /** Readiness: does the sentinel answer `PING`? */
  readyz(options?: RepeatableCallOptions): Promise<ProbeAnswer>;
}

/**
 * Creates a client of one sentinel manager. It holds no connection of its own and needs no closing.
 *
 * @throws TypeError, RangeError for an option that is out of bounds.
 */
export function createSentinelClient(options: ClientOptions): SentinelClient {
  const caller = createCaller(options);
  return {
    healthz: (callOptions) => askProbe(caller, { route: routes.healthz, callOptions }),
    readyz: (callOptions) => askProbe(caller, { route: routes.readyz, callOptions }),
  };
}
