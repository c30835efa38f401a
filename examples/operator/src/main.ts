import { locatePod } from "./kubernetes/pods.ts";
import { runOperator } from "./operator.ts";
import { readSettings } from "./settings.ts";

await runOperator(readSettings(process.env), { locate: locatePod });
