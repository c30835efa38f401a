import { setTimeout as pause } from "node:timers/promises";
import {
  countDescriptors,
  listTree,
  readAnonymousMb,
  readProcessMemory,
  readProcessState,
  readTreeMemory,
} from "@redis-operator/testbed";
import type { Footprint, Journal, Lag, Timed } from "./journal.ts";
import { findExpositionTrouble } from "./exposition.ts";
import { findProcess, type Member, type Topology } from "./topology.ts";
import { readView, type View } from "./view.ts";

/** Looks on, from the node, which no fault cuts off. */
export interface Sampler {
  /** What was seen last. */
  view(): View | undefined;
  /** The codes of calls to managers that failed, with when. */
  readonly refusals: readonly { readonly at: number; readonly pod: string; readonly code: string }[];
  stop(): Promise<void>;
}

const viewEveryMs = 1_000;
const sampleEveryMs = 5_000;
// As Prometheus is usually told.
const scrapeEveryMs = 15_000;
const requestTimeoutMs = 5_000;

/** Begins to ask managers as an operator, a kubelet and Prometheus do, and to measure what they take. */
export function startSampler(topology: Topology, journal: Journal): Sampler {
  const stopped = new AbortController();
  const refusals: { at: number; pod: string; code: string }[] = [];
  let view: View | undefined;
  let lastScrapeAt = 0;

  async function look(): Promise<void> {
    view = await readView(topology);
    for (const { pod, code } of view.instances)
      if (code !== undefined) refusals.push({ at: view.at, pod, code });
  }

  async function sample(): Promise<void> {
    const at = Date.now();
    const isScrape = at - lastScrapeAt >= scrapeEveryMs - sampleEveryMs / 2;
    if (isScrape) lastScrapeAt = at;
    const paths = [
      "/healthz",
      "/readyz",
      "/v1/status",
      ...(isScrape ? (["/metrics"] as const) : []),
    ] as const;
    const timed = await Promise.all(
      topology.instances.map(async (instance) => {
        const answers: Timed[] = [];
        for (const path of paths) answers.push(await time(instance, path));
        return answers;
      }),
    );
    const members = [...topology.instances, ...topology.sentinels];
    journal.sample({
      at,
      footprints: members.flatMap((member) => measure(member)),
      timed: timed.flat(),
      lags: view === undefined ? [] : readLags(view),
    });
  }

  const running = Promise.all([
    repeat(look, { everyMs: viewEveryMs, signal: stopped.signal }),
    repeat(sample, { everyMs: sampleEveryMs, signal: stopped.signal }),
  ]);
  return {
    view: () => view,
    refusals,
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

async function repeat(
  act: () => Promise<void>,
  { everyMs, signal }: { readonly everyMs: number; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    const startedAt = performance.now();
    await act();
    const leftMs = Math.max(0, everyMs - (performance.now() - startedAt));
    await pause(leftMs, undefined, { signal }).catch(() => undefined);
  }
}

async function time({ name: pod, kubelet }: Member, path: Timed["path"]): Promise<Timed> {
  const startedAt = performance.now();
  const passed = () => Math.round((performance.now() - startedAt) * 100) / 100;
  try {
    const response = await fetch(`http://${kubelet.pod().host.ip}:8080${path}`, {
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    const text = await response.text();
    const trouble =
      response.status !== 200
        ? text.slice(0, 300)
        : path === "/metrics"
          ? findExpositionTrouble(text)
          : undefined;
    return { pod, path, status: response.status, ms: passed(), ...(trouble !== undefined && { trouble }) };
  } catch (error) {
    return {
      pod,
      path,
      status: 0,
      ms: passed(),
      trouble: error instanceof Error ? error.name : String(error),
    };
  }
}

function measure({ name: pod, kubelet }: Member): readonly Footprint[] {
  const container = kubelet.pod().containerPid();
  const manager = findProcess(kubelet.pod(), "manager");
  if (container === undefined || manager === undefined) return [];
  const processes = listTree(container);
  const { pssMb, rssMb } = readProcessMemory(manager);
  return [
    {
      pod,
      managerPid: manager,
      managerAgeMs: Date.now() - kubelet.startedAt(),
      managerPssMb: round(pssMb),
      managerRssMb: round(rssMb),
      managerAnonymousMb: round(readAnonymousMb(manager)),
      treePssMb: round(readTreeMemory(container).pssMb),
      descriptors: countDescriptors(manager),
      processes: processes.length,
      zombies: processes.filter((pid) => readProcessState(pid)?.state === "Z").length,
    },
  ];
}

/** By pod, since a primary knows its replicas by the names that they announce. */
function readLags({ instances }: View): readonly Lag[] {
  return instances.flatMap(({ status }) =>
    status?.role === "master"
      ? (status.replicas ?? []).map(({ host, lagBytes }) => ({
          pod: host.split(".")[0] ?? host,
          bytes: lagBytes,
        }))
      : [],
  );
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}
