import { catalogue, type CatalogueSection } from "./catalogue/catalogue.ts";
import { readRole } from "./catalogue/role.ts";
import { type MetricFamily, type Sample, writeExposition } from "./exposition.ts";
import type { RedisObservation } from "./observation.ts";

/** The labels of every series: which cluster, Kubernetes namespace and pod it describes. */
export interface InstanceLabels {
  readonly cluster: string;
  readonly namespace: string;
  readonly pod: string;
}

/**
 * Writes what one scrape saw of Redis in the Prometheus text format, by the catalogue. What Redis does not report, reports
 * as not applicable (-1) or garbles has no sample; if it did not answer, `redis_up 0` is all there is beside the fencing.
 */
export function renderRedisMetrics(observation: RedisObservation, labels: InstanceLabels): string {
  const { cluster, namespace, pod } = labels;
  return writeExposition(
    catalogue.flatMap((section) => readSection(section, observation)),
    { cluster, namespace, pod },
  );
}

function readSection(
  { metrics, roleLabel }: CatalogueSection,
  observation: RedisObservation,
): MetricFamily[] {
  const role = roleLabel ? readRole(observation) : undefined;
  return Object.entries(metrics).map(([name, { type, help, source }]) => {
    const samples = source.read(observation);
    return { name, type, help, samples: role === undefined ? samples : withRole(samples, role) };
  });
}

function withRole(samples: readonly Sample[], role: string): readonly Sample[] {
  return samples.map(({ labels, value }) => ({ labels: { role, ...labels }, value }));
}
