import type { Logger } from "pino";
import { collectStartupGarbage } from "./collect-startup-garbage.ts";
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
 * Runs an app's `main` with what `setUp` gave from start to end, and leaves with exit code 0 when it returns.
 *
 * SIGTERM, SIGINT and SIGHUP become the {@link StopRequest}, and so does an uncaught error, for an orderly stop in
 * place of a crash that leaves Redis behind; the exit code is 1 then. If either throws anything but the reason of the signal: every issue of an
 * {@link EnvironmentError} as a line on stderr, any other error as a line of the app's log, whatever its level, exit code 1.
 */
export async function runMain<Setup extends { readonly logger: Logger }>(
  setUp: () => Setup,
  main: (setup: Setup, stop: StopRequest) => Promise<void>,
): Promise<never> {
  const controller = new AbortController();
  let exitCode = 0;
  let logger: Logger | undefined;

  function reportFatal(error: unknown, message: string): void {
    exitCode = 1;
    if (error instanceof EnvironmentError) process.stderr.write(`${error.issues.join("\n")}\n`);
    else (logger ?? createLogger({ level: "fatal", base: {} })).fatal({ err: error }, message);
  }

  const received = new Promise<StopReason>((resolve) => {
    function request(reason: StopReason) {
      controller.abort();
      resolve(reason);
    }
    for (const signal of stopSignals) process.on(signal, () => request(signal));
    process.on("uncaughtException", (error) => {
      reportFatal(error, "uncaught error, stopping");
      request("uncaught-error");
    });
  });
  try {
    const setup = setUp();
    logger = setup.logger.child({}, { level: "fatal" });
    collectStartupGarbage();
    // Read by the manager's own allocator already. Redis and backups, which inherit the environment, have other habits.
    delete process.env["MALLOC_MMAP_THRESHOLD_"];
    await main(setup, { signal: controller.signal, received });
  } catch (error) {
    // What the stop request cut short ends main with the request's own reason, and that in order.
    if (error !== controller.signal.reason) reportFatal(error, "the manager can't run");
  }
  // Kept-alive sockets and timers must not hold the process once everything has been stopped in order.
  process.exit(exitCode);
}
