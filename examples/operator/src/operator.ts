import { setTimeout as pause } from "node:timers/promises";
import { createKubernetesApi } from "./kubernetes/api.ts";
import type { ApiPod, Pod } from "./kubernetes/pods.ts";
import { createLog } from "./log.ts";
import { createReconciler } from "./reconciler.ts";
import type { Settings } from "./settings.ts";

/** Runs rounds until SIGTERM or SIGINT. A plan that is under way then is left as it is written down, a backup is cancelled. */
export async function runOperator(
  settings: Settings,
  { locate }: { readonly locate: (pod: ApiPod) => Pod },
): Promise<void> {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort());
  const { signal } = stop;
  const log = createLog((line) => process.stdout.write(`${line}\n`));
  const api = createKubernetesApi(settings.kubernetes);
  const reconciler = createReconciler({ settings, api, locate, log, signal });

  log.info("operator started", { ...settings.cluster, ...settings.detection });
  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      await reconciler.round();
    } catch (error) {
      if (!signal.aborted) log.error("round failed", { error });
    }
    const leftMs = settings.detection.pollIntervalMs - (performance.now() - startedAt);
    // Ended early by the signal.
    await pause(Math.max(0, leftMs), undefined, { signal }).catch(() => undefined);
  }
  await reconciler.settled();
  log.info("operator stopped");
}
