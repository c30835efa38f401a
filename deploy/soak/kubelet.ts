import { setTimeout as pause } from "node:timers/promises";
import type { HttpProbe, StatefulSet } from "../test/topology/stateful-set.ts";
import type { Pod } from "../test/topology/pod.ts";
import type { Journal } from "./journal.ts";

/** The agent of a pod's node: probes its container as the chart says, and starts it anew when it ends or is found dead. */
export interface Kubelet {
  pod(): Pod;
  /** Whether its last answer of readiness was 200. */
  isReady(): boolean;
  /** When the container was started last. */
  startedAt(): number;
  /** Ends the pod with all that it does, and makes another one by `make` in its place. */
  replace(make: () => Promise<Pod>): Promise<void>;
  /** Has the container end in order and starts it again. */
  restart(): Promise<void>;
  /** Probes no more and starts nothing any more. */
  stop(): void;
}

// The real one waits longer and longer before it starts a container again that ends again and again.
const restartMs = 1_000;

/** Begins to look after a pod that was started. */
export function startKubelet(
  first: Pod,
  { set, journal }: { readonly set: StatefulSet; readonly journal: Journal },
): Kubelet {
  const [container] = set.spec.template.spec.containers;
  if (container === undefined) throw new Error(`${first.name} has no container`);
  const graceMs = set.spec.template.spec.terminationGracePeriodSeconds * 1_000;
  const stopped = new AbortController();
  let pod = first;
  let startedAt = Date.now();
  let isReady = false;
  let isHeld = false;
  let restarting: Promise<void> | undefined;

  async function follow(followed: Pod): Promise<void> {
    await followed.exited();
    // A pod that is being replaced, or was meanwhile, is started by whoever replaces it.
    const isOver = () => isHeld || pod !== followed || stopped.signal.aborted;
    if (isOver()) return;
    isReady = false;
    journal.note({ kind: "container-ended", pod: pod.name });
    await pause(restartMs);
    if (isOver()) return;
    await start(() => pod.restart());
  }

  async function start(begin: () => Promise<void>): Promise<void> {
    await begin();
    startedAt = Date.now();
    failures = 0;
    void follow(pod);
  }

  /** Asks it to end, and ends it where it doesn't. */
  async function restart(): Promise<void> {
    restarting ??= end().finally(() => (restarting = undefined));
    return restarting;
  }

  async function end(): Promise<void> {
    const ended = pod.exited();
    pod.terminate();
    const killer = setTimeout(() => void pod.kill(), graceMs);
    await ended;
    clearTimeout(killer);
  }

  async function ask({ httpGet, timeoutSeconds }: HttpProbe): Promise<{ status: number; text: string }> {
    try {
      const response = await fetch(`http://${pod.host.ip}:8080${httpGet.path}`, {
        signal: AbortSignal.timeout(timeoutSeconds * 1_000),
        headers: { connection: "close" },
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      return { status: 0, text: error instanceof Error ? error.name : String(error) };
    }
  }

  let failures = 0;
  async function checkLiveness(probe: HttpProbe): Promise<void> {
    const asked = pod;
    const { status, text } = await ask(probe);
    if (asked !== pod || isHeld || stopped.signal.aborted) return;
    journal.probe({ pod: pod.name, probe: "liveness", status, text });
    failures = status === 200 ? 0 : failures + 1;
    if (failures < probe.failureThreshold || restarting !== undefined) return;
    journal.note({ kind: "liveness-failed", pod: pod.name, detail: `${status} ${text}` });
    void restart();
  }

  async function checkReadiness(probe: HttpProbe): Promise<void> {
    const asked = pod;
    const { status, text } = await ask(probe);
    if (asked !== pod || isHeld || stopped.signal.aborted) return;
    journal.probe({ pod: pod.name, probe: "readiness", status, text });
    isReady = status === 200;
  }

  const timers = [
    setInterval(
      () => void checkLiveness(container.livenessProbe),
      container.livenessProbe.periodSeconds * 1_000,
    ),
    setInterval(
      () => void checkReadiness(container.readinessProbe),
      container.readinessProbe.periodSeconds * 1_000,
    ),
  ];
  void follow(pod);

  return {
    pod: () => pod,
    isReady: () => isReady,
    startedAt: () => startedAt,
    restart,
    async replace(make) {
      isHeld = true;
      isReady = false;
      try {
        await pod.kill();
        pod = await make();
      } finally {
        isHeld = false;
      }
      await start(() => Promise.resolve());
    },
    stop() {
      stopped.abort();
      for (const timer of timers) clearInterval(timer);
    },
  };
}
