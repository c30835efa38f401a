import { pollUntilDone } from "./poll.ts";
import { describeSight, type Sight } from "./sight.ts";

/** Confirms fences, and remembers for how long instances have been silent. */
export interface FenceWatch {
  /**
   * Waits until an instance can be relied on to take no writes.
   *
   * @returns What that rests on.
   * @throws FailoverError as `pollUntilDone`.
   */
  confirm(instance: string, options: FenceConfirmation): Promise<string>;
  /** Whether it was confirmed in this run of the plan. */
  isConfirmed(instance: string): boolean;
}

/** As a plan's steps have it. */
export interface FenceConfirmation {
  readonly timeoutMs: number;
  readonly selfFencedAfterMs?: number;
}

/** What {@link createFenceWatch} needs. */
export interface FenceWatchDeps {
  readonly lookAt: (instance: string) => Promise<Sight>;
  readonly isGone: (instance: string) => Promise<boolean>;
  readonly signal: AbortSignal | undefined;
}

/** Creates a watch that has seen nothing yet: what an earlier run of the plan has confirmed is confirmed anew. */
export function createFenceWatch({ lookAt, isGone, signal }: FenceWatchDeps): FenceWatch {
  const silentSince = new Map<string, number>();
  const confirmed = new Set<string>();

  /** @returns Why it takes no writes, or how it stands. */
  async function judge(
    instance: string,
    selfFencedAfterMs: number,
  ): Promise<{ readonly isDone: boolean; readonly why: string }> {
    if (await isGone(instance)) return { isDone: true, why: "it is gone" };
    const sight = await lookAt(instance);
    const why = describeSight(sight);
    if (sight.kind === "fenced") return { isDone: true, why };
    if (sight.kind !== "silent") {
      silentSince.delete(instance);
      return { isDone: false, why };
    }
    const since = silentSince.get(instance) ?? performance.now();
    silentSince.set(instance, since);
    const isSelfFenced = performance.now() - since >= selfFencedAfterMs;
    return isSelfFenced
      ? { isDone: true, why: `it was silent for ${selfFencedAfterMs} ms, and holds its writes by itself` }
      : { isDone: false, why };
  }

  return {
    async confirm(instance, { timeoutMs, selfFencedAfterMs = Infinity }) {
      confirmed.delete(instance);
      const why = await pollUntilDone(
        async () => {
          const judged = await judge(instance, selfFencedAfterMs);
          return judged.isDone ? { isDone: true, value: judged.why } : { isDone: false, why: judged.why };
        },
        { what: `${instance} to take no writes`, timeoutMs, signal },
      );
      confirmed.add(instance);
      return why;
    },
    isConfirmed: (instance) => confirmed.has(instance),
  };
}
