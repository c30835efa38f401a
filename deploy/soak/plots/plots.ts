import type { Findings } from "../findings.ts";
import type { Sample, Timed } from "../journal.ts";
import { median } from "../verdict/trend.ts";
import { type Line, renderPlot } from "./chart.ts";
import type { Point } from "./thin.ts";

const paths = ["/healthz", "/readyz", "/v1/status", "/metrics"] as const satisfies readonly Timed["path"][];

/** Draws what was seen over time. @returns By the name of the file. */
export function drawPlots(findings: Findings): ReadonlyMap<string, string> {
  const { samples, seconds, faults, startedAt: from, endedAt: to } = findings;
  const marks = faults.map(({ startedAt, healedAt, recoveredAt, boundMs }) => ({
    from: startedAt,
    to: Math.min(to, recoveredAt ?? healedAt + boundMs),
  }));
  const shared = { from, to, marks };
  const pods = [...new Set(samples.flatMap(({ footprints }) => footprints.map(({ pod }) => pod)))].toSorted();
  const instances = pods.filter((pod) => !pod.includes("sentinel"));

  const footprint = (
    field: "managerPssMb" | "managerAnonymousMb" | "treePssMb",
    names: readonly string[],
  ): readonly Line[] =>
    names.map((pod) => ({
      name: pod,
      points: samples.map(({ at, footprints }): Point => [
        at,
        footprints.find((one) => one.pod === pod)?.[field] ?? null,
      ]),
    }));
  const latency = (pick: (values: readonly number[]) => number): readonly Line[] =>
    paths.map((path) => ({
      name: path,
      points: samples.flatMap(({ at, timed }): readonly Point[] => {
        const values = timed.filter((one) => one.path === path && one.status !== 0).map(({ ms }) => ms);
        return values.length === 0 ? [] : [[at, pick(values)]];
      }),
    }));
  const perPod = (read: (sample: Sample, pod: string) => number | undefined): readonly Line[] =>
    instances.map((pod) => ({
      name: pod,
      points: samples.map((sample): Point => [sample.at, read(sample, pod) ?? null]),
    }));

  return new Map([
    [
      "memory.svg",
      renderPlot(
        [
          { title: "Manager alone, PSS", unit: "MB", lines: footprint("managerPssMb", pods) },
          {
            title: "Manager alone, its heap and stacks",
            unit: "MB",
            lines: footprint("managerAnonymousMb", pods),
          },
          {
            title: "All of the container, Redis among it, PSS",
            unit: "MB",
            lines: footprint("treePssMb", pods),
          },
        ],
        { ...shared, title: "Memory" },
      ),
    ],
    [
      "latency.svg",
      renderPlot(
        [
          {
            title: "Slowest of the three instances",
            unit: "ms",
            isLogarithmic: true,
            lines: latency((values) => Math.max(...values)),
          },
          { title: "Median of the three instances", unit: "ms", isLogarithmic: true, lines: latency(median) },
        ],
        { ...shared, title: "Latency of the managers' answers" },
      ),
    ],
    [
      "lag.svg",
      renderPlot(
        [
          {
            title: "Behind the primary, as that one tells",
            unit: "bytes",
            isLogarithmic: true,
            lines: perPod(({ lags }, pod) => lags.find((lag) => lag.pod === pod)?.bytes),
          },
          {
            title: "Age of the newest write that an instance shows to applications",
            unit: "ms",
            isLogarithmic: true,
            lines: instances.map((pod) => ({
              name: pod,
              points: seconds.map(({ at, ageMs }): Point => [at, ageMs[pod] ?? null]),
            })),
          },
          {
            title: "Writes in each second",
            unit: "writes/s",
            lines: [
              {
                name: "acknowledged",
                points: seconds.map(({ at, acknowledged }): Point => [at, acknowledged]),
              },
              { name: "failed", points: seconds.map(({ at, failed }): Point => [at, failed]) },
            ],
          },
        ],
        { ...shared, title: "Replication lag and writes" },
      ),
    ],
  ]);
}
