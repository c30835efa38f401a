// Writes monitoring/dashboards/redis.json from the rows beside this file. Usage: node deploy/dashboard/generate.ts
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { writeDashboard } from "./dashboard.ts";

writeFileSync(
  fileURLToPath(new URL("../monitoring/dashboards/redis.json", import.meta.url)),
  writeDashboard(),
);
