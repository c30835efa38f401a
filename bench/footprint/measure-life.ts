import { Agent, get } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { readAnonymousMb, readProcessMemory } from "@redis-operator/testbed";
import { readCpuMs } from "./read-cpu.ts";
import type { Life, Subject } from "./subjects.ts";

/** What one life of a subject came to; what doesn't apply to it is absent. */
export interface Measurement {
  readonly firstAnswerMs: number;
  /** Until the first answer, of all threads. */
  readonly startCpuMs: number;
  readonly idleRssMb: number;
  readonly idlePssMb: number;
  readonly idleAnonymousMb: number;
  readonly afterRequestsRssMb: number;
  readonly afterRequestsPssMb: number;
  readonly afterScrapesRssMb: number | undefined;
  /** For each of them, of all threads. */
  readonly requestCpuMs: number;
  readonly scrapeCpuMs: number | undefined;
  /** CPU milliseconds for each second in which nobody asks anything. */
  readonly restCpuPerMille: number;
  /** With a pod's probes, and a scrape every 15 s. */
  readonly probedCpuPerMille: number | undefined;
}

// The collection after the start is over by then, and the first looks and checks.
const settledMs = 6_000;
const requests = 10_000;
const concurrency = 20;
const scrapes = 2_000;

/** Starts a subject and takes it through one life. @param options.restMs - How long each of the two measurements of CPU takes. */
export async function measureLife(
  subject: Subject,
  { restMs }: { readonly restMs: number },
): Promise<Measurement> {
  await using life = await subject.start();
  const { process, startedAt } = life;
  const healthz = `${life.url}/healthz`;
  using once = createAsker({ keepAlive: false });
  while (!(await once.ask(healthz).catch(() => false))) {
    if (process.hasExited()) throw new Error(process.output());
  }
  const firstAnswerMs = performance.now() - startedAt;
  const startCpuMs = readCpuMs(process.pid);

  await pause(settledMs);
  const idle = readProcessMemory(process.pid);
  const idleAnonymousMb = readAnonymousMb(process.pid);
  const restCpuPerMille = await measureCpu(life, restMs);
  using asker = createAsker({ keepAlive: true });
  const probing = subject.hasMetrics ? probe(life, asker) : undefined;
  const probedCpuPerMille = probing && (await measureCpu(life, restMs));
  probing?.[Symbol.dispose]();

  const requestCpuMs = await repeat(life, { times: requests, concurrency }, () => asker.ask(healthz));
  const afterRequests = readProcessMemory(process.pid);
  const scrape = () => asker.ask(`${life.url}/metrics`);
  const scrapeCpuMs = subject.hasMetrics
    ? await repeat(life, { times: scrapes, concurrency: 1 }, scrape)
    : undefined;
  return {
    firstAnswerMs,
    startCpuMs,
    idleRssMb: idle.rssMb,
    idlePssMb: idle.pssMb,
    idleAnonymousMb,
    afterRequestsRssMb: afterRequests.rssMb,
    afterRequestsPssMb: afterRequests.pssMb,
    afterScrapesRssMb: subject.hasMetrics ? readProcessMemory(process.pid).rssMb : undefined,
    requestCpuMs,
    scrapeCpuMs,
    restCpuPerMille,
    probedCpuPerMille,
  };
}

async function measureCpu({ process }: Life, durationMs: number): Promise<number> {
  const [cpuBefore, startedAt] = [readCpuMs(process.pid), performance.now()];
  await pause(durationMs);
  return ((readCpuMs(process.pid) - cpuBefore) / (performance.now() - startedAt)) * 1e3;
}

/** Asks what is asked of an instance's pod as the chart has it, until it is disposed of. */
function probe({ url }: Life, asker: Asker): Disposable {
  const timers = [
    setInterval(() => void asker.ask(`${url}/healthz`), 10_000),
    setInterval(() => void asker.ask(`${url}/readyz`), 5_000),
    setInterval(() => void asker.ask(`${url}/metrics`), 15_000),
  ];
  return {
    [Symbol.dispose]() {
      for (const timer of timers) clearInterval(timer);
    },
  };
}

/** @returns the CPU time that each repetition took. */
async function repeat(
  { process }: Life,
  { times, concurrency: width }: { readonly times: number; readonly concurrency: number },
  ask: () => Promise<unknown>,
): Promise<number> {
  const cpuBefore = readCpuMs(process.pid);
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let asked = 0; asked < times / width; asked += 1) await ask();
    }),
  );
  return (readCpuMs(process.pid) - cpuBefore) / times;
}

interface Asker extends Disposable {
  /** @returns whether the answer was a 200. */
  ask(url: string): Promise<boolean>;
}

function createAsker({ keepAlive }: { readonly keepAlive: boolean }): Asker {
  const agent = new Agent({ keepAlive });
  return {
    ask: (url) =>
      new Promise((resolve, reject) => {
        get(url, { agent, headers: { "Accept-Encoding": "gzip" } }, (response) => {
          response.resume();
          response.once("error", reject);
          response.once("end", () => resolve(response.statusCode === 200));
        }).once("error", reject);
      }),
    [Symbol.dispose]() {
      agent.destroy();
    },
  };
}
