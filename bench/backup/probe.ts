// Asks a manager for /healthz over and over, in a process of its own, so that no other part of the benchmark delays it. On
// SIGTERM it prints how long the answers took. Usage: probe.ts <URL>
import { Agent, get } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

const [url = ""] = process.argv.slice(2);
// Often enough to meet what lasts, seldom enough that answering costs the manager little.
const pauseMs = 50;
const agent = new Agent({ keepAlive: true });
const latenciesMs: number[] = [];
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());

while (!stop.signal.aborted) {
  const askedAt = performance.now();
  await askHealth();
  latenciesMs.push(performance.now() - askedAt);
  await pause(pauseMs);
}
agent.destroy();
const sorted = latenciesMs.toSorted((a, b) => a - b);
console.log(JSON.stringify({ p99Ms: sorted[Math.floor(sorted.length * 0.99)], maxMs: sorted.at(-1) }));

function askHealth(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  get(url, { agent }, (response) => {
    if (response.statusCode !== 200) reject(new Error(`HTTP ${response.statusCode}`));
    response.resume().on("end", resolve);
  }).on("error", reject);
  return promise;
}
