const flushIntervalMs = 50;

/** Sends what an agent found to whoever started it, a few at a time; the agent ends when that one goes away or says so. */
export function createReport() {
  let findings: unknown[] = [];
  function flush(): void {
    if (findings.length === 0) return;
    process.send?.(findings);
    findings = [];
  }
  setInterval(flush, flushIntervalMs);
  process.once("disconnect", () => process.exit());
  return { add: (finding: unknown) => void findings.push(finding), flush };
}

/** The options that an agent was started with. */
export function readOptions(): unknown {
  return JSON.parse(process.argv[2] ?? "{}");
}
