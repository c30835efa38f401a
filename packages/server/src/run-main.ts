import { EnvironmentError } from "./environment.ts";
import { createLogger } from "./logger.ts";

/** The wish of whoever started the process that it end. */
export interface StopRequest {
  /** Aborted with the request, for I/O that a stop should cut short. */
  readonly signal: AbortSignal;
  /** Settles with the request; never rejects. */
  readonly received: Promise<StopReason>;
}

type StopReason = (typeof stopSignals)[number] | "uncaught-error";

// SIGHUP: the terminal was closed; its default would leave Redis behind.
const stopSignals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/**
 * Runs an app's `main` from start to end and leaves with exit code 0 when it returns.
 *
 * SIGTERM, SIGINT and SIGHUP become the {@link StopRequest}, and so does an uncaught error, for an orderly stop in
 * place of a crash that leaves Redis behind; the exit code is 1 then. If `main` throws anything but the reason of the signal: every issue of an
 * {@link EnvironmentError} as a line on stderr, any other error as a log line, exit code 1.
 */
export async function runMain(main: (stop: StopRequest) => Promise<void>): Promise<never> {
  const controller = new AbortController();
  let exitCode = 0;
  const received = new Promise<StopReason>((resolve) => {
    function request(reason: StopReason) {
      controller.abort();
      resolve(reason);
    }
    for (const signal of stopSignals) process.on(signal, () => request(signal));
    process.on("uncaughtException", (error) => {
      exitCode = 1;
      reportFatal(error, "uncaught error, stopping");
      request("uncaught-error");
    });
  });
  try {
    await main({ signal: controller.signal, received });
  } catch (error) {
    // What the stop request cut short ends main with the request's own reason, and that in order.
    if (error !== controller.signal.reason) {
      exitCode = 1;
      reportFatal(error, "the manager can't run");
    }
  }
  // Kept-alive sockets and timers must not hold the process once everything has been stopped in order.
  process.exit(exitCode);
}

function reportFatal(error: unknown, message: string): void {
  if (error instanceof EnvironmentError) {
    process.stderr.write(`${error.issues.join("\n")}\n`);
    return;
  }
  createLogger({ level: "fatal", base: {} }).fatal({ err: error }, message);
}
