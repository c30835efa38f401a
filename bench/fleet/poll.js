// One measurement in a process of its own, with the built package, on any runtime. Prints its figures as JSON.
// Usage: node --expose-gc poll.js <the package's entry point> <what to measure> <its options as JSON>
import { setTimeout as pause } from "node:timers/promises";

const [, , entryPoint, subject, options] = process.argv;
const { createInstanceClient, pollStatuses } = await import(entryPoint);

const subjects = { polls, oneAfterAnother, rounds };
console.log(JSON.stringify(await subjects[subject](JSON.parse(options))));

/** The same targets a few times: the first connects to each and warms the code up. */
async function polls({ timeoutMs, times, ...fleet }) {
  const tookMs = [];
  const slowestMs = [];
  let failed = 0;
  for (let time = 0; time < times; time += 1) {
    const startedAt = performance.now();
    const results = await pollStatuses(listTargets(fleet), { timeoutMs }).settled();
    tookMs.push(performance.now() - startedAt);
    const answered = results.filter(({ outcome }) => outcome === "status");
    slowestMs.push(Math.max(...answered.map(({ elapsedMs }) => elapsedMs)));
    failed += results.length - answered.length;
  }
  return { tookMs, slowestMs, failed: failed / times, residentMb: process.memoryUsage().rss / 1e6 };
}

async function oneAfterAnother({ timeoutMs, ...fleet }) {
  const startedAt = performance.now();
  for (const target of listTargets(fleet)) {
    await createInstanceClient({ ...target, timeoutMs })
      .status()
      .catch(() => undefined);
  }
  return { tookMs: [performance.now() - startedAt] };
}

/** Many rounds; `moves`: each round's targets have addresses that were never called before. */
async function rounds({ count, moves, looks, ...fleet }) {
  const heapMb = [];
  const residentMb = [];
  for (let round = 1; round <= count; round += 1) {
    const offset = moves ? round * fleet.healthy : 0;
    const results = await pollStatuses(listTargets({ ...fleet, offset })).settled();
    const failure = results.find(({ outcome }) => outcome === "failed");
    if (failure !== undefined) throw failure.error;
    if (round % (count / looks) !== 0) continue;
    // Sockets that were closed are let go in a later turn.
    for (let turn = 0; turn < 3; turn += 1) {
      globalThis.gc();
      await pause(100);
    }
    heapMb.push(process.memoryUsage().heapUsed / 1e6);
    residentMb.push(process.memoryUsage().rss / 1e6);
  }
  return { heapMb, residentMb };
}

function listTargets({ port, healthy, dead = [], offset = 0 }) {
  const answering = Array.from({ length: healthy }, (_, index) => {
    const number = offset + index;
    return { host: `127.${1 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`, port };
  });
  // The dead first, where they are most in the way.
  return [...dead, ...answering];
}
