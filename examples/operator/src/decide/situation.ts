import type { InstanceObservation, Plan } from "@redis-operator/client/failover";
import type { RedisCluster } from "../kubernetes/redis-cluster.ts";
import type { DetectionSettings } from "../settings.ts";
import type { RedisAddress } from "./follows.ts";
import type { Memory } from "./memory.ts";

/** What one round comes to. One thing at a time: the next round looks anew. */
export type Action =
  | { readonly action: "nothing" }
  /** It is waited for; `why` is for the log. */
  | { readonly action: "wait"; readonly why: string }
  /** Only a person can help. */
  | { readonly action: "alert"; readonly why: string }
  | { readonly action: "go-on"; readonly plan: Plan; readonly startAt: number }
  | { readonly action: "begin"; readonly plan: Plan; readonly why: string }
  /** Nobody is named: this one is to be. */
  | { readonly action: "name"; readonly instance: string; readonly why: string }
  /** `redis.io/switchoverTo` asks for what is so already. */
  | { readonly action: "forget-switchover" }
  | { readonly action: "follow"; readonly replicas: readonly string[]; readonly primary: string };

/** What a decision goes by. */
export interface Situation {
  readonly cluster: RedisCluster;
  /** Of every pod that is listed. */
  readonly observations: readonly InstanceObservation[];
  readonly memory: Memory;
  readonly nowMs: number;
  readonly addressOf: (instance: string) => RedisAddress;
  readonly detection: DetectionSettings;
}

/** The same where `status.currentPrimary` names somebody. */
export interface NamedSituation extends Situation {
  readonly currentPrimary: string;
}
