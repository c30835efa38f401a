import { readTreeMemory, type TreeMemory } from "@redis-operator/testbed";

// Short against any run, long against the millisecond or two that a look costs.
const intervalMs = 50;

/** Looks at the memory of a process and all below it again and again; `stop` tells the most that was seen. */
export function sampleMemory(pid: number): { stop(): TreeMemory } {
  let peak = readTreeMemory(pid);
  const timer = setInterval(() => {
    const now = readTreeMemory(pid);
    peak = { pssMb: Math.max(peak.pssMb, now.pssMb), rssMb: Math.max(peak.rssMb, now.rssMb) };
  }, intervalMs);
  return {
    stop() {
      clearInterval(timer);
      return peak;
    },
  };
}
