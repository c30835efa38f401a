import { cpus } from "node:os";
import type { Findings } from "./findings.ts";
import type { FaultRecord } from "./faults/fault.ts";
import { median } from "./verdict/trend.ts";
import type { Check } from "./verdict/verdict.ts";

/** Writes what was seen and what it amounts to, as Markdown. */
export function renderReport(findings: Findings, checks: readonly Check[]): string {
  const { options, startedAt, endedAt, faults, wasCutShort, breakdown } = findings;
  const failed = checks.filter(({ ok }) => !ok).length;
  const verdict = failed === 0 && breakdown === undefined ? "PASSED" : "FAILED";
  return [
    `# Soak: ${verdict}`,
    [
      `${describeDuration(endedAt - startedAt)} from ${new Date(startedAt).toISOString()}, seed ${options.seed}, ${options.writesPerSecond} writes/s,`,
      `a fault every ${describeDuration(options.faultEveryMs)}, a backup every ${describeDuration(options.backupEveryMs)};`,
      `${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, Node ${process.versions.node}.`,
      ...(wasCutShort ? ["It was ended before its time."] : []),
    ].join(" "),
    ...(breakdown === undefined ? [] : [`**It broke down:** ${breakdown}`]),
    table(
      ["", "check", "expected", "seen"],
      checks.map(({ ok, name, expected, seen }) => [ok ? "ok" : "**FAILED**", name, expected, seen]),
    ),
    "![Memory](memory.svg)",
    "![Latency](latency.svg)",
    "![Lag](lag.svg)",
    "## Faults",
    table(
      ["fault", "of", "times", "lasted, s", "recovered after, s: median", "at the most", "writes lost"],
      listFaults(findings),
    ),
    "## Backups",
    table(
      ["backup", "method", "of", "seconds", "outcome"],
      findings.backups.map(({ name, method, role, pod, startedAt: from, endedAt: to, outcome, mismatch }) => [
        name,
        method,
        `${pod}, the ${role}`,
        ((to - from) / 1_000).toFixed(1),
        mismatch ?? (outcome.ok ? `${outcome.sizeBytes} bytes` : `${outcome.code}: ${outcome.reason}`),
      ]),
    ),
    `${faults.length} faults in all. What happened when: events.jsonl; what was measured: samples.jsonl; what the pods wrote: logs.`,
    "",
  ].join("\n\n");
}

function listFaults({ faults, lost }: Findings): readonly (readonly string[])[] {
  const groups = Map.groupBy(faults, ({ kind, hits }) => `${kind}/${hits}`);
  return Array.from(groups.values(), (group) => {
    const lasted = group.map(({ startedAt, healedAt }) => (healedAt - startedAt) / 1_000);
    const recovered = group.flatMap(({ healedAt, recoveredAt }) =>
      recoveredAt === undefined ? [] : [(recoveredAt - healedAt) / 1_000],
    );
    const losses = group.map((fault) => lost.filter(({ at, pod }) => isOf(fault, { at, pod })).length);
    return [
      group[0]?.kind ?? "",
      group[0]?.hits ?? "",
      String(group.length),
      `${Math.min(...lasted).toFixed(1)}–${Math.max(...lasted).toFixed(1)}`,
      ...(recovered.length === 0
        ? ["never", "never"]
        : [median(recovered).toFixed(1), Math.max(...recovered).toFixed(1)]),
      String(losses.reduce((sum, count) => sum + count, 0)),
    ];
  }).toSorted((a, b) => a.join().localeCompare(b.join()));
}

/** Whether a write was acknowledged by the victim from shortly before a fault until the cluster had recovered. */
function isOf(fault: FaultRecord, { at, pod }: { readonly at: number; readonly pod: string }): boolean {
  return (
    fault.victim === pod &&
    at >= fault.startedAt - 2_000 &&
    at <= (fault.recoveredAt ?? fault.healedAt + fault.boundMs)
  );
}

function describeDuration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 120 ? `${seconds} s` : `${Math.round((seconds / 60) * 10) / 10} min`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map(tableRow).join("\n");
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}
