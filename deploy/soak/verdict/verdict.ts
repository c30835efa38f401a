import type { Findings } from "../findings.ts";
import { checkBackups, checkRestores, checkStore } from "./backup-checks.ts";
import { checkDataSets, checkFaults, checkLosses, checkPrimaries, checkWriting } from "./data-checks.ts";
import {
  checkErrors,
  checkLatency,
  checkLiveness,
  checkLogs,
  checkRestarts,
  checkScrapes,
} from "./manager-checks.ts";
import { checkDescriptors, checkLag, checkMemory, checkProcesses } from "./resource-checks.ts";
import { createWindows, type Windows } from "./windows.ts";

/** One thing that has to hold. */
export interface Check {
  readonly name: string;
  readonly expected: string;
  readonly seen: string;
  readonly ok: boolean;
}

/** What a check works on. */
export interface Evidence extends Findings {
  readonly windows: Windows;
}

const checks: readonly ((evidence: Evidence) => Check)[] = [
  checkFaults,
  checkPrimaries,
  checkLosses,
  checkDataSets,
  checkWriting,
  checkLag,
  checkLiveness,
  checkRestarts,
  checkErrors,
  checkLogs,
  checkLatency,
  checkScrapes,
  checkMemory,
  checkDescriptors,
  checkProcesses,
  checkBackups,
  checkRestores,
  checkStore,
];

/** Judges a soak. */
export function judge(findings: Findings): readonly Check[] {
  const evidence = { ...findings, windows: createWindows(findings.faults) };
  return checks.map((check) => check(evidence));
}
