import { setTimeout as pause } from "node:timers/promises";
import type { Agent } from "../agent.ts";
import { auditReply, type LostWrite } from "../agents/messages.ts";
import type { Journal } from "../journal.ts";
import type { SoakOptions } from "../options.ts";
import type { Sampler } from "../sampler.ts";
import { findTrouble } from "../view.ts";
import { catalogue } from "./catalogue.ts";
import { createDeck } from "./deck.ts";
import type { FaultContext, FaultKind, FaultRecord, Inject } from "./fault.ts";

/** The pod whose container no fault ends, so that its manager's memory can be followed all the time. */
export const witness = "redis-2";

/** What was inflicted, and which writes were found missing after it. */
export interface Damage {
  readonly faults: readonly FaultRecord[];
  readonly lost: readonly LostWrite[];
  readonly acknowledgedInAll: number;
}

/** What {@link inflict} works on. */
export interface InflictOptions {
  readonly context: FaultContext;
  readonly sampler: Sampler;
  readonly load: Agent;
  readonly journal: Journal;
  readonly options: SoakOptions;
  readonly signal: AbortSignal;
}

type Kind = FaultKind & { readonly inject: Inject };

// What is as it should be for so long is settled: three looks at all managers and sentinels.
const settledMs = 3_000;
// So much time with nothing wrong is between two faults at the least.
const restMs = 10_000;
const pollMs = 200;

/** Creates what hits a cluster with one fault after the other until the time is over; each is healed and recovered from before the next. */
export function createInfliction({ context, sampler, load, journal, options, signal }: InflictOptions) {
  const { topology, random } = context;
  const deck = createDeck(catalogue, random);
  const faults: FaultRecord[] = [];
  const lost: LostWrite[] = [];
  let acknowledgedInAll = 0;

  /** Since when nothing is wrong; waits for it. */
  async function settle({
    boundMs,
    isUnderLoad,
  }: {
    readonly boundMs: number;
    readonly isUnderLoad: boolean;
  }): Promise<{ settledAt?: number; trouble?: string | undefined }> {
    const deadline = Date.now() + boundMs;
    const beganAt = Date.now();
    let soundSince: number | undefined;
    let trouble: string | undefined = "nothing was seen";
    for (;;) {
      const view = sampler.view();
      // What was asked before the fault was healed says nothing.
      if (view !== undefined && view.at >= beganAt) {
        trouble = findTrouble(view) ?? (isUnderLoad ? findWriteTrouble() : undefined);
        soundSince = trouble === undefined ? (soundSince ?? view.at) : undefined;
        if (soundSince !== undefined && view.at - soundSince >= settledMs) return { settledAt: soundSince };
      }
      if (Date.now() > deadline && soundSince === undefined) return { trouble };
      await pause(pollMs);
    }
  }

  function findWriteTrouble(): string | undefined {
    const [before, last] = journal.seconds.slice(-2);
    const acknowledged = (before?.acknowledged ?? 0) + (last?.acknowledged ?? 0);
    return acknowledged === 0 ? "no write is acknowledged" : undefined;
  }

  async function audit(): Promise<void> {
    const found = await load.ask({ do: "audit" }, auditReply);
    acknowledgedInAll = found.acknowledgedInAll;
    lost.push(...found.lost);
    if (found.lost.length > 0) journal.note({ kind: "writes-lost", detail: String(found.lost.length) });
  }

  function choose(): { readonly kind: Kind; readonly victim: string | undefined } | undefined {
    const primary = sampler.view()?.named;
    if (primary === undefined) return undefined;
    const replicas = topology.instances.map(({ name }) => name).filter((name) => name !== primary);
    const candidates = ({ hits, endsContainer }: Kind): readonly (string | undefined)[] => {
      if (hits === "nobody") return [undefined];
      if (hits === "sentinel") return topology.sentinels.map(({ name }) => name);
      return (hits === "primary" ? [primary] : replicas).filter((name) => !endsContainer || name !== witness);
    };
    const kind = deck.draw((card) => candidates(card).length > 0);
    if (kind === undefined) return undefined;
    const found = candidates(kind);
    return { kind, victim: found[Math.floor(random.next() * found.length)] };
  }

  async function hit({
    kind,
    victim,
  }: {
    readonly kind: Kind;
    readonly victim: string | undefined;
  }): Promise<void> {
    const { name, hits, mayLose, boundMs, lastsSeconds } = kind;
    const member = [...topology.instances, ...topology.sentinels].find(
      (candidate) => candidate.name === victim,
    );
    const lastsMs = lastsSeconds === undefined ? 0 : Math.round(1_000 * between(lastsSeconds));
    const startedAt = Date.now();
    journal.note({
      kind: "fault",
      ...(victim !== undefined && { pod: victim }),
      detail: `${name} (${hits}) ${lastsMs / 1_000} s`,
    });
    let trouble: string | undefined;
    try {
      const heal = await kind.inject(context, member);
      await pause(lastsMs, undefined, { signal }).catch(() => undefined);
      await heal();
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
    }
    const healedAt = Date.now();
    const settled = await settle({ boundMs, isUnderLoad: true });
    trouble ??= settled.trouble;
    const recoveredAt = trouble === undefined ? settled.settledAt : undefined;
    faults.push({ kind: name, victim, hits, mayLose, boundMs, startedAt, healedAt, recoveredAt, trouble });
    journal.note({
      kind: recoveredAt === undefined ? "not-recovered" : "recovered",
      detail:
        recoveredAt === undefined
          ? String(trouble)
          : `${((recoveredAt - healedAt) / 1_000).toFixed(1)} s after it was healed`,
    });
    await audit();
  }

  function between([from, to]: readonly [number, number]): number {
    return from + random.next() * (to - from);
  }

  return {
    damage: (): Damage => ({ faults, lost, acknowledgedInAll }),
    settle,
    audit,
    /** @param until - When the last fault may begin, in milliseconds since the epoch. */
    async run(until: number): Promise<void> {
      let nextAt = Date.now() + restMs;
      while (Date.now() < until && !signal.aborted) {
        if (Date.now() < nextAt) {
          await pause(Math.min(pollMs, nextAt - Date.now()));
          continue;
        }
        nextAt = Date.now() + options.faultEveryMs;
        const chosen = choose();
        if (chosen !== undefined) await hit(chosen);
        nextAt = Math.max(nextAt, Date.now() + restMs);
      }
    },
  };
}
