import * as z from "zod";

const instance = z.string().min(1);
const offset = z.int().nonnegative();
const timeoutMs = z.int().positive();

/** What has to hold of the instance that is to be promoted. */
const expectation = {
  /** The history that it must hold. */
  replicationId: z.string().min(1),
  /** The least offset that it must have applied, in bytes. */
  minOffset: offset,
};

/** How it is confirmed that an instance takes no writes. */
const confirmation = {
  timeoutMs,
  /**
   * After how long without any answer a primary holds its writes by itself, in milliseconds, counted from the first time that it
   * didn't answer. Absent: silence proves nothing.
   */
  selfFencedAfterMs: timeoutMs.exactOptional(),
};

const stepSchema = z.discriminatedUnion("action", [
  /** The candidate is still what the plan was made for; nothing has been changed until then. */
  z.object({
    action: z.literal("check-candidate"),
    instance,
    ...expectation,
    /** It lacks no more of this primary than so many bytes. */
    behind: z.object({ primary: instance, maxLagBytes: offset }).exactOptional(),
    timeoutMs,
  }),
  /** `redis.io/fencedInstances` names the instance. */
  z.object({ action: z.literal("fence"), instance }),
  /** It takes no writes any more. */
  z.object({ action: z.literal("confirm-fenced"), instance, ...confirmation }),
  /** `status.currentPrimary` names the instance, in place of `previous` and of nobody else. */
  z.object({ action: z.literal("name-primary"), instance, previous: instance.nullable() }),
  /** It is promoted, if these fences still hold and no rival has more of its history. */
  z.object({
    action: z.literal("promote"),
    instance,
    ...expectation,
    fences: z.object({ instances: z.array(instance), ...confirmation }),
    rivals: z.array(instance),
    timeoutMs,
  }),
  /** It is named, and answers as a primary. */
  z.object({ action: z.literal("confirm-primary"), instance, timeoutMs }),
  /** It is told to follow the primary. */
  z.object({ action: z.literal("demote"), instance, primary: instance, timeoutMs }),
  /** Its link to the primary is up. */
  z.object({ action: z.literal("confirm-replica"), instance, primary: instance, timeoutMs }),
  /** `redis.io/fencedInstances` names it no more. Left out if nobody can tell in time that it is down. */
  z.object({ action: z.literal("unfence"), instance, primary: instance, timeoutMs }),
]);

/** A plan as it is kept in the status of a RedisCluster, for an operator that was restarted in the middle of it. */
export const planSchema = z.object({
  kind: z.enum(["failover", "switchover", "rejoin"]),
  /** Greater than that of every plan before it, so that an older one isn't gone on with. */
  generation: z.int().nonnegative(),
  /** Who is the primary when the plan has come to its end. */
  primary: instance,
  /** In the order in which they are carried out. */
  steps: z.array(stepSchema),
});

/** An ordered list of steps, as JSON. Every instance stands in it by its pod's name: addresses change. */
export type Plan = z.infer<typeof planSchema>;
/** One step; `action` tells which. */
export type Step = z.infer<typeof stepSchema>;
/** What a step does. */
export type Action = Step["action"];
