// Preloaded into a manager: watches its event loop, and on SIGUSR2 writes what it saw since the last time, in ms, to the
// file that EVENT_LOOP_DELAY_FILE names.
const { renameSync, writeFileSync } = require("node:fs");
const { monitorEventLoopDelay } = require("node:perf_hooks");

const file = process.env.EVENT_LOOP_DELAY_FILE;
// The child processes inherit the variable; only the manager is asked.
const resolutionMs = 10;
const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
histogram.enable();
process.on("SIGUSR2", () => {
  const report = { p99Ms: delayMs(histogram.percentile(99)), maxMs: delayMs(histogram.max) };
  // Renamed into place, so that whoever waits for it never reads half of it.
  writeFileSync(`${file}.new`, JSON.stringify(report));
  renameSync(`${file}.new`, file);
  histogram.reset();
});

/** The histogram holds the time between two turns of a timer, its interval included. */
function delayMs(nanoseconds) {
  return Math.max(0, nanoseconds / 1e6 - resolutionMs);
}
