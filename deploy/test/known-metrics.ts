import { describeManagerMetrics, describeRedisMetrics } from "@redis-operator/core/metrics";
import { readRuleFiles } from "./rule-files.ts";

const ofTarget = ["job", "instance"];
const ofInstance = ["cluster", "namespace", "pod"];

// What users record by rules of their own, if anything.
const ofUsers = ["cluster:redis_backup_max_age_seconds"];

// Prometheus' own, with what the PodMonitor's relabeling gives them.
const ofPrometheus = ["up", "scrape_duration_seconds", "scrape_samples_scraped"];

/** Every metric that an expression may ask for, with the labels that its series may have. */
export function listKnownMetrics(): ReadonlyMap<string, ReadonlySet<string>> {
  const known = new Map<string, ReadonlySet<string>>();
  const scraped = [...describeRedisMetrics().flatMap(({ metrics }) => metrics), ...describeManagerMetrics()];
  for (const { name, type, labelNames } of scraped) {
    const labels = [...ofTarget, ...ofInstance, ...labelNames];
    if (type !== "histogram") {
      known.set(name, new Set(labels));
      continue;
    }
    known.set(`${name}_bucket`, new Set([...labels, "le"]));
    for (const suffix of ["_sum", "_count"]) known.set(name + suffix, new Set(labels));
  }
  for (const name of ofPrometheus) known.set(name, new Set([...ofTarget, ...ofInstance]));
  const rules = readRuleFiles().flatMap((file) => file.rules);
  const ofAlerts = rules
    .flatMap(({ expr }) => [...expr.matchAll(/by \(([^)]*)\)/g)])
    .flatMap(([, by = ""]) => by.split(", "));
  known.set("ALERTS", new Set(["alertname", "alertstate", "severity", ...ofAlerts]));
  for (const { record } of rules) {
    if (record !== undefined) known.set(record, new Set(["namespace", "cluster"]));
  }
  for (const name of ofUsers) known.set(name, new Set(["namespace", "cluster"]));
  return known;
}
