import { startAgent } from "./agent.ts";
import { type Probe, probeSchema } from "./agents/messages.ts";
import type { Instance } from "./instance.ts";

/** The node's agent of one pod: probes it, and restarts its container when liveness has failed often enough. */
export interface Kubelet extends AsyncDisposable {
  readonly instance: Instance;
  /** Every answer of `/healthz` to the kubelet, and to a prober on the host itself that asks far more often. */
  probes(): readonly Probe[];
  /** When it had ended a container and started another, in milliseconds since the epoch. */
  restarts(): readonly number[];
}

// As docs/pods.md has them.
const periodMs = 10_000;
const timeoutMs = 7_000;
const failureThreshold = 3;

const hostProbeIntervalMs = 100;

/** Starts to probe an instance that is alive. */
export async function startKubelet(instance: Instance): Promise<Kubelet> {
  const restarts: number[] = [];
  let failures = 0;
  let restarting: Promise<void> | undefined;
  let isStopping = false;

  async function restart(): Promise<void> {
    await instance.stop();
    if (isStopping) return;
    await instance.start();
    restarts.push(Date.now());
    failures = 0;
  }

  function count({ target, status }: Probe): void {
    if (target !== "kubelet" || restarting !== undefined) return;
    failures = status === 200 ? 0 : failures + 1;
    if (failures >= failureThreshold) restarting = restart().finally(() => (restarting = undefined));
  }

  const { ip } = instance.host;
  const prober = await startAgent({
    host: instance.host,
    program: "prober",
    options: {
      targets: [
        { name: "host", url: "http://127.0.0.1:8080/healthz", intervalMs: hostProbeIntervalMs, timeoutMs },
        { name: "kubelet", url: `http://${ip}:8080/healthz`, intervalMs: periodMs, timeoutMs },
      ],
    },
    finding: probeSchema,
    onFinding: count,
  });
  return {
    instance,
    probes: () => prober.findings(),
    restarts: () => restarts,
    async [Symbol.asyncDispose]() {
      isStopping = true;
      await prober[Symbol.asyncDispose]();
    },
  };
}
