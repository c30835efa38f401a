// The soak itself, on the host of the network that stands for a node: see main.ts.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createRandom } from "@redis-operator/testbed";
import * as z from "zod";
import { type Agent, startAgent } from "./agent.ts";
import { digestReply, loadSecond, storeReply } from "./agents/messages.ts";
import { createBackups } from "./backups.ts";
import { createInfliction, witness } from "./faults/inflict.ts";
import type { Findings } from "./findings.ts";
import { ordinals, useGround } from "./ground.ts";
import { createJournal } from "./journal.ts";
import { findLogTroubles } from "./log-trouble.ts";
import { soakOptionsSchema } from "./options.ts";
import { drawPlots } from "./plots/plots.ts";
import { renderReport } from "./report.ts";
import { restore, type RestoreRecord } from "./restores.ts";
import { startSampler } from "./sampler.ts";
import { startTopology, type Topology } from "./topology.ts";
import { judge } from "./verdict/verdict.ts";

const { run, dir, options } = z
  .object({ run: z.string(), dir: z.string(), options: soakOptionsSchema })
  .parse(JSON.parse(process.argv[2] ?? "{}"));

// Writes are looked after for so long before they are deleted, so that the data set stays as large as it is.
const keepMs = 600_000;
// What forms, or was hit last, has so long to be as it should be.
const settlingMs = 120_000;
// What is hit last has its time to recover within the run.
const lastFaultMs = 60_000;

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());

const journal = createJournal(options.output);
const network = useGround(run);
await using topology = await startTopology({ network, dir, journal });
await using load = await startLoad(topology);
const sampler = startSampler(topology, journal);
const backups = createBackups({ topology, sampler, load, journal });
const infliction = createInfliction({
  context: { topology, backups, random: createRandom(options.seed) },
  sampler,
  load,
  journal,
  options,
  signal: stop.signal,
});

const findings = await soak();
const checks = judge(findings);
writeFileSync(join(options.output, "report.md"), renderReport(findings, checks));
for (const [file, svg] of drawPlots(findings)) writeFileSync(join(options.output, file), svg);
for (const { ok, name, seen } of checks) console.log(`${ok ? "ok    " : "FAILED"} ${name}: ${seen}`);
if (findings.breakdown !== undefined) console.log(`It broke down: ${findings.breakdown}`);
console.log(`The report: ${join(options.output, "report.md")}`);
process.exitCode = findings.breakdown === undefined && checks.every(({ ok }) => ok) ? 0 : 1;

async function soak(): Promise<Findings> {
  let startedAt = Date.now();
  let endedAt = startedAt;
  let digests: Findings["digests"] = [];
  const restores: RestoreRecord[] = [];
  let store: Findings["store"] = { isEmpty: false, incomplete: [] };
  let breakdown: string | undefined;
  try {
    await requireSettled("at the begin", { isUnderLoad: false });
    await load.ask({ do: "start" }, z.null());
    await requireSettled("under load", { isUnderLoad: true });
    startedAt = Date.now();
    journal.note({ kind: "load-started" });
    const until = startedAt + options.durationMs;
    const { signal } = stop;
    await Promise.all([
      backups.keepRunning({ everyMs: options.backupEveryMs, until, signal }),
      infliction.run(until - lastFaultMs),
      pause(options.durationMs, undefined, { signal }).catch(() => undefined),
    ]);
    await requireSettled("after the last fault", { isUnderLoad: true });
    // One of each method, which no fault touches.
    const last = [await backups.run(), await backups.run()];
    await infliction.audit();
    endedAt = Date.now();
    await load.ask({ do: "stop" }, z.null());
    journal.note({ kind: "load-stopped" });
    await requireSettled("after the load", { isUnderLoad: false });
    digests = await load.ask({ do: "digest" }, digestReply);
    await sampler.stop();
    for (const backup of last) restores.push(await restore(backup, { topology, load, dir }));
    store = await inspectStore();
  } catch (error) {
    breakdown = error instanceof Error ? (error.stack ?? error.message) : String(error);
    endedAt = Date.now();
    await sampler.stop();
  }
  const wasCutShort = stop.signal.aborted;
  // Whatever still waits for its time.
  stop.abort();
  const since = <Entry extends { readonly at: number }>(entries: readonly Entry[]) =>
    entries.filter(({ at }) => at >= startedAt);
  const output = topology.output();
  mkdirSync(join(options.output, "logs"), { recursive: true });
  for (const [pod, text] of output) writeFileSync(join(options.output, "logs", `${pod}.jsonl`), text);
  return {
    options,
    startedAt,
    endedAt,
    wasCutShort,
    witness,
    ...infliction.damage(),
    happenings: since(journal.happenings),
    probes: since(journal.probes),
    samples: since(journal.samples),
    seconds: since(journal.seconds),
    backups: backups.records,
    restores,
    refusals: since(sampler.refusals),
    digests,
    store,
    logTroubles: Array.from(output, ([pod, text]) => since(findLogTroubles(pod, text))).flat(),
    breakdown,
  };
}

async function requireSettled(
  when: string,
  { isUnderLoad }: { readonly isUnderLoad: boolean },
): Promise<void> {
  const { trouble } = await infliction.settle({ boundMs: settlingMs, isUnderLoad });
  if (trouble !== undefined) throw new Error(`the cluster isn't as it should be ${when}: ${trouble}`);
}

async function inspectStore(): Promise<Findings["store"]> {
  const { keys = [] } = await topology.store.ask({ list: true }, storeReply);
  const suffix = ".metadata.json";
  const incomplete = keys.filter((key) =>
    key.endsWith(suffix) ? !keys.includes(key.slice(0, -suffix.length)) : !keys.includes(`${key}${suffix}`),
  );
  const { isEmpty = false } = await topology.store.ask({ empty: true }, storeReply);
  return { isEmpty, incomplete };
}

function startLoad({ cluster }: Topology): Promise<Agent> {
  return startAgent({
    host: network.host("app"),
    program: "load",
    options: {
      hostsFile: cluster.hostsFile,
      passwordFile: cluster.passwordFile,
      sentinels: ordinals.map((ordinal) => `redis-sentinel-${ordinal}.redis-sentinel`),
      instances: ordinals.map((ordinal) => ({
        pod: `redis-${ordinal}`,
        name: `redis-${ordinal}.redis-instances`,
      })),
      writesPerSecond: options.writesPerSecond,
      keepMs,
    },
    onEvent: (event) => journal.second(loadSecond.parse(event)),
  });
}
