// `npm start`: a local topology of the real thing, a tour through it, and then it is yours until Ctrl-C.
// `npm start -- --once` ends after the tour, with exit code 0 or 1.
import { parseArgs } from "node:util";
import { describeEndpoints } from "./endpoints.ts";
import { runStep, type Step } from "./step.ts";
import { takeTour } from "./tour.ts";

const { values: options } = parseArgs({ options: { once: { type: "boolean", default: false } } });

const stop = new AbortController();
const stopRequested = new Promise<void>((resolve) => stop.signal.addEventListener("abort", () => resolve()));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());

// A step that has begun is let end, so that what it starts is known and stopped below.
function runStepUnlessStopped<Result>(step: Step<Result>): Promise<Result> {
  stop.signal.throwIfAborted();
  return runStep(step);
}

const started = new AsyncDisposableStack();
try {
  const topology = await takeTour({ started, runStep: runStepUnlessStopped });
  if (!options.once) {
    console.log(`\n${describeEndpoints(topology)}\n\nRunning until Ctrl-C.`);
    await stopRequested;
  }
} catch (error) {
  if (!stop.signal.aborted) {
    console.error(error);
    process.exitCode = 1;
  }
} finally {
  await runStep({ title: "stop everything that was started", run: () => started.disposeAsync() });
}
