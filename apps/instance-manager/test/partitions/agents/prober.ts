// Asks probes at a fixed pace, each on a connection of its own as the kubelet does, and reports every answer.
import { createServer, get } from "node:http";
import { text } from "node:stream/consumers";
import { type Probe, proberOptionsSchema } from "./messages.ts";
import { createReport, readOptions } from "./report.ts";

const { targets } = proberOptionsSchema.parse(readOptions());
const report = createReport();
const controlPort = 18_080;
const controlHost = "127.0.0.1";
createServer((_, response) => void response.end("ok")).listen(controlPort, controlHost);
const control = {
  name: "control",
  url: `http://${controlHost}:${controlPort}/`,
  intervalMs: 100,
  timeoutMs: 5_000,
} as const;

// At its pace whether or not the one before was answered, so that a slow answer doesn't hide others.
for (const { name, url, intervalMs, timeoutMs } of [...targets, control]) {
  const probe = async () => {
    const sentAt = Date.now();
    const startedAt = performance.now();
    const answer = await ask(url, timeoutMs).catch((error: unknown) => ({ text: String(error) }));
    report.add({
      target: name,
      sentAt,
      latencyMs: performance.now() - startedAt,
      ...answer,
    } satisfies Probe);
  };
  setInterval(() => void probe(), intervalMs);
}

async function ask(url: string, timeoutMs: number): Promise<Pick<Probe, "status" | "text">> {
  const signal = AbortSignal.timeout(timeoutMs);
  const { promise, resolve, reject } = Promise.withResolvers<Pick<Probe, "status" | "text">>();
  get(url, { agent: false, signal }, (response) => {
    text(response).then((body) => resolve({ status: response.statusCode, text: body }), reject);
  }).on("error", reject);
  return promise;
}
