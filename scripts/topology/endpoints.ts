import type { Store } from "./acts.ts";
import { host, type Instance, type Sentinel } from "./cluster.ts";

/** What {@link describeEndpoints} lists. */
export interface Topology {
  readonly primary: Instance;
  readonly instances: readonly Instance[];
  readonly sentinels: readonly Sentinel[];
  readonly store: Store;
}

/** A table of every process with a curl line for each, and what else is worth trying, as text. */
export function describeEndpoints({ primary, instances, sentinels, store }: Topology): string {
  const rows = [
    ["POD", "ROLE", "REDIS", "TRY"],
    ...instances.map((pod) => [
      pod.name,
      pod === primary ? "primary" : "replica",
      `${host}:${pod.redisPort}`,
      `curl -s ${pod.manager.url}/v1/status`,
    ]),
    ...sentinels.map((pod) => [
      pod.name,
      "sentinel",
      `${host}:${pod.redisPort}`,
      `curl -s ${pod.manager.url}/readyz`,
    ]),
  ];
  const replica = instances.find((instance) => instance !== primary) ?? primary;
  return [
    alignColumns(rows),
    "",
    "More to try:",
    `  curl -s '${primary.manager.url}/healthz?verbose'`,
    `  curl -s ${primary.manager.url}/metrics`,
    `  curl -s -X POST -d '${JSON.stringify({ backupName: "mine", destination: { s3: store } })}' ${replica.manager.url}/v1/backup`,
    `  curl -s -X POST ${replica.manager.url}/v1/promote`,
    `  curl -s -X POST '${primary.manager.url}/v1/demote?primaryIP=${host}&port=${replica.redisPort}'`,
  ].join("\n");
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
