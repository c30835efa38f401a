import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LoadSecond } from "./agents/messages.ts";

/** Something that happened, for `events.jsonl`. */
export interface Happening {
  readonly kind: string;
  readonly pod?: string;
  readonly detail?: string;
}

/** An answer to the kubelet. 0: none. */
export interface ProbeAnswer {
  readonly pod: string;
  readonly probe: "liveness" | "readiness";
  readonly status: number;
  readonly text: string;
}

/** How an instance answered a request that was timed. */
export interface Timed {
  readonly pod: string;
  readonly path: "/healthz" | "/readyz" | "/v1/status" | "/metrics";
  /** 0: no answer. */
  readonly status: number;
  readonly ms: number;
  /** Why it isn't 200, or why it can't be understood. */
  readonly trouble?: string;
}

/** What the processes of a container take. */
export interface Footprint {
  readonly pod: string;
  /** Of the manager, which is another after each start. */
  readonly managerPid: number;
  readonly managerAgeMs: number;
  readonly managerPssMb: number;
  readonly managerRssMb: number;
  /** Of the manager: heap and stacks, whatever others share with it. */
  readonly managerAnonymousMb: number;
  /** All of the container. */
  readonly treePssMb: number;
  readonly descriptors: number;
  readonly processes: number;
  readonly zombies: number;
}

/** How far a replica is behind, as its primary has it. */
export interface Lag {
  readonly pod: string;
  readonly bytes: number;
}

/** What was seen at a moment. */
export interface Sample {
  readonly at: number;
  readonly footprints: readonly Footprint[];
  readonly timed: readonly Timed[];
  readonly lags: readonly Lag[];
}

/** Everything that a soak has seen, in memory for the report and line by line in the output folder. */
export interface Journal {
  readonly happenings: readonly (Happening & { readonly at: number })[];
  readonly probes: readonly (ProbeAnswer & { readonly at: number })[];
  readonly samples: readonly Sample[];
  readonly seconds: readonly LoadSecond[];
  note(happening: Happening): void;
  probe(answer: ProbeAnswer): void;
  sample(sample: Sample): void;
  second(second: LoadSecond): void;
}

/** Begins a journal in a folder that is there. */
export function createJournal(folder: string): Journal {
  const happenings: (Happening & { readonly at: number })[] = [];
  const probes: (ProbeAnswer & { readonly at: number })[] = [];
  const samples: Sample[] = [];
  const seconds: LoadSecond[] = [];
  const files = { events: join(folder, "events.jsonl"), samples: join(folder, "samples.jsonl") };
  for (const file of Object.values(files)) writeFileSync(file, "");

  return {
    happenings,
    probes,
    samples,
    seconds,
    note(happening) {
      const entry = { at: Date.now(), ...happening };
      happenings.push(entry);
      append(files.events, entry);
      const { kind, pod = "", detail = "" } = happening;
      console.log(
        `${new Date(entry.at).toISOString().slice(11, 19)} ${[kind, pod, detail].filter(Boolean).join(" ")}`,
      );
    },
    probe(answer) {
      const entry = { at: Date.now(), ...answer };
      probes.push(entry);
      if (answer.status !== 200) append(files.events, entry);
    },
    sample(sample) {
      samples.push(sample);
      append(files.samples, sample);
    },
    second(seen) {
      seconds.push(seen);
      append(files.samples, seen);
    },
  };
}

function append(file: string, line: object): void {
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}
