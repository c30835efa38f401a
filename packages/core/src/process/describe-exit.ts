import type { SupervisedProcess, ProcessExit } from "./supervised-process.ts";

/** How a process ended, and what it wrote last: `by SIGSEGV; it wrote last: …`. */
export function describeExit(
  { code, signal }: ProcessExit,
  { lastLines }: Pick<SupervisedProcess, "lastLines">,
): string {
  const how = signal === null ? `with exit code ${code ?? "unknown"}` : `by ${signal}`;
  const lines = lastLines();
  return lines.length === 0 ? how : `${how}; it wrote last: ${lines.join(" | ")}`;
}
