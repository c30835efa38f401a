import type { BootDecision, BootRole } from "../replication/boot-role.ts";
import { nobody } from "../replication/boot-role.ts";
import type { RedisAddress } from "../replication/own-address.ts";
import type { PromotionCandidate } from "../replication/promotion-safety.ts";
import type { ReplicationStatus } from "../replication/status.ts";

/** What is to be done about a role that isn't settled. */
export type RoleStep =
  /** It is as decided. */
  | { readonly step: "keep" }
  /** Somebody else has changed it since the start: an operator, a sentinel, a person. That stands. */
  | { readonly step: "leave" }
  /** Redis is loading, so that nobody can say yet what it holds. */
  | { readonly step: "wait" }
  | { readonly step: "follow"; readonly primary: RedisAddress }
  /** `isEmpty`: it holds no key, so that whoever follows it would be left without any. */
  | { readonly step: "promote"; readonly isEmpty: boolean };

/** What {@link decideRoleStep} decides by. */
export interface RoleObservation {
  /** The role that the manager has given to this Redis. */
  readonly given: BootRole;
  /** The role that it is to have by what is known now. */
  readonly decided: BootDecision["boot"];
  /** What Redis says of itself. */
  readonly found: PromotionCandidate;
  readonly redisPort: number;
}

/** Decides the next step from the role that was given to the role that was decided. */
export function decideRoleStep({ given, decided, found, redisPort }: RoleObservation): RoleStep {
  if (!hasRole(found.status, given, redisPort)) return { step: "leave" };
  if (decided.role === "undesignated" || hasRole(found.status, decided, redisPort)) return { step: "keep" };
  if (decided.role === "replica") return { step: "follow", primary: decided.primary };
  if (found.isLoading) return { step: "wait" };
  return { step: "promote", isEmpty: found.keys === 0 };
}

/** Tells whether Redis is what a role says. */
export function hasRole(status: ReplicationStatus, role: BootRole, redisPort: number): boolean {
  if (role.role === "primary" || status.role === "primary") return role.role === status.role;
  const { host, port } = role.role === "replica" ? role.primary : nobody(redisPort);
  return status.primary.host === host && status.primary.port === port;
}
