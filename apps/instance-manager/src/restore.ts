import { restoreBackup } from "@redis-operator/core/restore";
import { createLogger, EnvironmentError } from "@redis-operator/server";
import { type Config, readConfig } from "./config.ts";
import { parseRestoreArguments, restoreUsage, UsageError } from "./restore-arguments.ts";
import { createLogReport, createTerminalReport, type RestoreReport } from "./restore-report.ts";
import { createRestoreRequest } from "./restore-request.ts";

const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

/**
 * Runs `restore` from its command line to its end.
 *
 * SIGTERM, SIGINT and SIGHUP end a download and remove what came of it; what is being moved to its place by then is
 * moved to the end.
 *
 * @returns The exit code of the process.
 */
export async function runRestore(args: readonly string[]): Promise<number> {
  // A backup is as secret as the data in it.
  process.umask(0o077);
  try {
    const values = parseRestoreArguments(args);
    if (values.help) {
      process.stdout.write(restoreUsage);
      return exitCodes.done;
    }
    const config = readConfig(process.env);
    const report = createReport(config);
    return await restore({ values, config, report });
  } catch (error) {
    return reportUsage(error);
  }
}

interface Run {
  readonly values: ReturnType<typeof parseRestoreArguments>;
  readonly config: Config;
  readonly report: RestoreReport;
}

async function restore({ values, config, report }: Run): Promise<number> {
  try {
    const request = await createRestoreRequest(values, config);
    const outcome = await restoreBackup(request, {
      ...config.restore,
      credentialsDir: config.backup.credentialsDir,
      redisBinary: values["redis-binary"] ?? config.redis.binary,
      searchPath: process.env["PATH"],
      downloadTimeoutMs: config.backup.settings.uploadTimeoutMs,
      signal: stopSignal(),
      onProgress: (progress) => report.progress(progress),
      logger: report.logger,
    });
    report.ended(outcome);
    return exitCodes.done;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    report.failed(error);
    return exitCodes.failed;
  }
}

function createReport(config: Config): RestoreReport {
  if (process.stdout.isTTY) return createTerminalReport(process.stdout, readClock);
  return createLogReport(createLogger({ level: config.logLevel, base: { app: "restore" } }), readClock);
}

function readClock(): number {
  return performance.now();
}

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, () => controller.abort(new Error(`received ${signal}`)));
  }
  return controller.signal;
}

function reportUsage(error: unknown): number {
  if (error instanceof EnvironmentError) {
    process.stderr.write(`${error.issues.join("\n")}\n`);
  } else if (error instanceof UsageError) {
    process.stderr.write(`${error.message}; --help tells more\n`);
  } else {
    throw error;
  }
  return exitCodes.usage;
}
