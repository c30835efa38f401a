import { writeFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import { inspect } from "node:util";
import { serveBackupJob } from "@redis-operator/core/backup-child";

// The process that makes a backup, in a bundle of its own: what the AWS SDK costs ends with it.

// Redis, and a manager that answers probes, go first where the processor is short: half their share is left for this.
const niceness = 4;

/**
 * Ends the process at once. Now and then Node's own end waits for a compiler's thread for ever, and the manager with it.
 *
 * @see https://github.com/nodejs/node/issues/54918
 */
function end(): void {
  process.kill(process.pid, "SIGKILL");
}

/** Has the kernel take this process first where the pod's memory is short, and not Redis. */
function offerToBeKilledFirst(): void {
  try {
    writeFileSync("/proc/self/oom_score_adj", "1000");
  } catch {
    // Only Linux has it; a backup works without.
  }
}

process.on("uncaughtException", (error) => {
  process.stderr.write(`${inspect(error)}\n`, end);
});
// A manager that was started nicer than that has handed it down, and only root may take it back.
if (getPriority() < niceness) setPriority(niceness);
offerToBeKilledFirst();
// The manager says when a backup ends; a terminal signals every process in its foreground.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
void serveBackupJob(process).then(end);
