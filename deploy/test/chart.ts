import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { parseAllDocuments } from "yaml";
import { run } from "./tools.ts";

/** The folder of everything that is deployed. */
export const deployDir = fileURLToPath(new URL("..", import.meta.url));
/** The folder of the chart. */
export const chartDir = `${deployDir}helm/redis-instances`;

/** What is rendered and kept: the chart with its own values, as the base of kustomize, and two more. */
export const renderings = [
  { name: "the default values", valueFiles: [], file: "kustomize/base/redis.yaml" },
  {
    name: "an operator's cluster",
    valueFiles: ["test/values/operator.yaml"],
    file: "test/golden/operator.yaml",
  },
  {
    name: "every value set",
    valueFiles: ["test/values/everything.yaml"],
    file: "test/golden/everything.yaml",
  },
] as const;

/** One of {@link renderings}. */
export type Rendering = (typeof renderings)[number];

const banner = "# Written by deploy/generate.ts from deploy/helm/redis-instances; edit that.\n";

/** Renders the chart as `helm install redis --namespace redis` does. */
export async function renderChart(
  valueFiles: readonly string[],
  settings: readonly string[] = [],
): Promise<string> {
  const text = run("helm", [
    "template",
    "redis",
    chartDir,
    "--namespace=redis",
    ...valueFiles.flatMap((file) => ["--values", `${deployDir}${file}`]),
    ...settings.flatMap((setting) => ["--set", setting]),
  ]);
  const withoutSources = text.replaceAll(/^# Source: .*\n/gm, "");
  return format(`${banner}${withoutSources}`, { parser: "yaml", printWidth: 110 });
}

/** An object of Kubernetes, as far as every kind has it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** Reads the objects of a rendering from its file. */
export function readRendering({ file }: Rendering): readonly Manifest[] {
  return parseManifests(readFileSync(`${deployDir}${file}`, "utf8"));
}

/** Reads the objects in a text of several YAML documents. @throws Error if one is no object, or isn't sound YAML. */
export function parseManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text, { version: "1.1" }).flatMap((document) => {
    for (const error of document.errors) throw error;
    const value: unknown = document.toJS();
    if (value === null) return [];
    if (!isManifest(value)) throw new Error(`no object of Kubernetes: ${JSON.stringify(value)}`);
    return [value];
  });
}

function isManifest(value: unknown): value is Manifest {
  return typeof value === "object" && value !== null && "kind" in value && "metadata" in value;
}
