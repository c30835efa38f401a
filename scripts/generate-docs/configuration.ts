import { environmentSchema as instanceManager } from "@redis-operator/instance-manager/environment";
import { environmentSchema as sentinelManager } from "@redis-operator/sentinel-manager/environment";
import * as z from "zod";

/** docs/configuration.md: every variable of both managers, from the schemas of their environments. */
export function renderConfiguration(): string {
  return [
    "# Configuration",
    "Each manager reads its environment once, at its start. An empty variable counts as unset. A value that doesn't fit ends the manager " +
      "with exit code 1 and a line for every such variable. Durations are written as Kubernetes writes them: `500ms`, `5s`, `1m30s`.",
    "<!-- Written by scripts/generate-docs.ts from the schemas; edit those. -->",
    "## Instance manager",
    renderVariables(instanceManager),
    "## Sentinel manager",
    renderVariables(sentinelManager),
  ].join("\n\n");
}

function renderVariables(schema: z.ZodObject): string {
  const rows = Object.entries(schema.shape).map(
    ([name, variable]) =>
      `| \`${name}\` | ${renderDefault(variable)} | ${z.globalRegistry.get(variable)?.description ?? ""} |`,
  );
  return ["| variable | default | meaning |", "| --- | --- | --- |", ...rows].join("\n");
}

/** The default as a user would write it. */
function renderDefault(variable: z.core.$ZodType): string {
  const value =
    variable instanceof z.ZodPrefault
      ? variable.def.defaultValue
      : z.globalRegistry.get(variable)?.["fallback"];
  return typeof value === "string" && value !== "" ? `\`${value}\`` : "";
}
