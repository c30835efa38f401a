import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";

/** One rule of a group: an alert, or a series that is recorded. */
export interface Rule {
  readonly expr: string;
  readonly alert?: string;
  readonly record?: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One PrometheusRule of `monitoring/rules`. */
export interface RuleFile {
  /** With `.yaml`, as its test is named too. */
  readonly name: string;
  readonly rules: readonly Rule[];
  /** What Prometheus itself loads: the spec of the PrometheusRule. */
  readonly plainText: string;
}

/** The text of a file of this package. */
export function readDeployed(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), "utf8");
}

/** The names of the files in a folder of this package. */
export function listDeployed(folder: string): readonly string[] {
  return readdirSync(fileURLToPath(new URL(`../${folder}`, import.meta.url))).toSorted();
}

/** Every PrometheusRule. */
export function readRuleFiles(): readonly RuleFile[] {
  return listDeployed("monitoring/rules").map((file) => {
    const { spec }: { spec: { groups: { rules: Rule[] }[] } } = parse(
      readDeployed(`monitoring/rules/${file}`),
    );
    return {
      name: basename(file),
      rules: spec.groups.flatMap(({ rules }) => rules),
      plainText: stringify(spec),
    };
  });
}
