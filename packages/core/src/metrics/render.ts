import { catalogue, type CatalogueSection, redisExporterSection } from "./catalogue/catalogue.ts";
import { type Source, takeApart } from "./catalogue/source.ts";
import { writeHead, writeLabel, writeLabels } from "./exposition.ts";
import type { RedisObservation } from "./observation.ts";

/** The labels of every series: which cluster, Kubernetes namespace and pod it describes. */
export interface InstanceLabels {
  readonly cluster: string;
  readonly namespace: string;
  readonly pod: string;
}

/** What {@link createRedisRenderer} needs. */
export interface RedisRendererOptions {
  readonly labels: InstanceLabels;
  /** Whether metrics stand under the names that redis_exporter gives them too. */
  readonly redisExporterNames: boolean;
}

/** Writes what one scrape saw of Redis in the Prometheus text format 0.0.4. */
export type RedisRenderer = (observation: RedisObservation) => string;

/**
 * Creates the writer of what scrapes see of Redis, by the catalogue. What Redis does not report, reports as not applicable
 * (-1) or garbles has no series, and a metric without series is left out; if Redis did not answer, `redis_up 0` is all there is
 * beside the fencing.
 */
export function createRedisRenderer({ labels, redisExporterNames }: RedisRendererOptions): RedisRenderer {
  const sections = redisExporterNames ? [...catalogue, redisExporterSection] : catalogue;
  const { cluster, namespace, pod } = labels;
  const common = writeLabels({ cluster, namespace, pod });
  // What is the same in every scrape is put together once: Redis has two roles, or none.
  const rowsByRole = new Map<string | undefined, readonly CompiledRow[]>();

  function rowsFor(role: string | undefined): readonly CompiledRow[] {
    const known = rowsByRole.get(role);
    if (known !== undefined) return known;
    const rows = compileRows(sections, { common, role });
    if (role === undefined || role === "master" || role === "slave") rowsByRole.set(role, rows);
    return rows;
  }

  return (observation) => {
    const reading = takeApart(observation);
    let text = "";
    for (const { source, head, name, shared, open, alone } of rowsFor(reading.info.get("role"))) {
      let isEmpty = true;
      source.collect(reading, (value, own, suffix) => {
        if (isEmpty) text += head;
        isEmpty = false;
        if (own === undefined) text += `${alone}${value}\n`;
        else text += `${suffix === undefined ? open : `${name}${suffix}${shared}`}${own}} ${value}\n`;
      });
    }
    return text;
  };
}

/** A row of the catalogue with all of its text that doesn't depend on what is read. */
interface CompiledRow {
  readonly source: Source;
  readonly head: string;
  readonly name: string;
  /** The labels that the row's series share, with the brace before them. */
  readonly shared: string;
  /** A series up to the labels of its own. */
  readonly open: string;
  /** A series that has none, up to its value. */
  readonly alone: string;
}

function compileRows(
  sections: readonly CatalogueSection[],
  { common, role }: { readonly common: string; readonly role: string | undefined },
): readonly CompiledRow[] {
  return sections.flatMap(({ metrics, roleLabel }) => {
    const shared = `{${common}${roleLabel && role !== undefined ? writeLabel("role", role) : ""}`;
    return Object.entries(metrics).map(([name, metric]) => ({
      source: metric.source,
      head: writeHead(name, metric),
      name,
      shared,
      open: `${name}${shared}`,
      alone: `${name}${shared}} `,
    }));
  });
}
