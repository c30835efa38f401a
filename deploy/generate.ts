// Writes what is rendered from the chart: the base of kustomize, and the renderings that the tests compare with.
import { writeFileSync } from "node:fs";
import { deployDir, renderChart, renderings } from "./test/chart.ts";

for (const { file, valueFiles } of renderings)
  writeFileSync(`${deployDir}${file}`, await renderChart(valueFiles));
