import type { Random } from "@redis-operator/testbed";
import type { Backups } from "../backups.ts";
import type { Instance, Member, Topology } from "../topology.ts";

/** What a fault works with. */
export interface FaultContext {
  readonly topology: Topology;
  readonly backups: Backups;
  readonly random: Random;
}

/** A kind of fault; which one is drawn next, and what it may cost. */
export interface FaultKind {
  readonly name: string;
  readonly hits: "primary" | "replica" | "sentinel" | "nobody";
  /** Whether its victim's container ends by it, or may; the witness is spared then. */
  readonly endsContainer: boolean;
  /** How long it lasts, in seconds: from, to. Unset: it is done at once. */
  readonly lastsSeconds?: readonly [number, number];
  /** How long the cluster may take to be as it should again after the fault is over, in milliseconds. */
  readonly boundMs: number;
  /** Whether writes that its victim acknowledged may be lost by the failover that follows. */
  readonly mayLose: boolean;
}

/** A fault that is there until it is healed. */
export type Heal = () => Promise<void> | void;

/** What a fault of a kind does to its victim. */
export type Inject = (context: FaultContext, victim: Member | undefined) => Promise<Heal>;

/** What has become of a fault. Times in milliseconds since the epoch. */
export interface FaultRecord {
  readonly kind: string;
  /** The pod that it hit. */
  readonly victim: string | undefined;
  readonly hits: FaultKind["hits"];
  readonly mayLose: boolean;
  readonly boundMs: number;
  readonly startedAt: number;
  readonly healedAt: number;
  /** Since when the cluster was as it should be; unset if it wasn't in time. */
  readonly recoveredAt: number | undefined;
  /** What was wrong at the end of the bound. */
  readonly trouble: string | undefined;
}

/** The instance of this name among its topology's, as a fault needs it. @throws Error for none. */
export function requireInstance({ instances }: Topology, victim: Member | undefined): Instance {
  const found = instances.find(({ name }) => name === victim?.name);
  if (found === undefined) throw new Error(`${victim?.name ?? "nobody"} is no instance`);
  return found;
}
