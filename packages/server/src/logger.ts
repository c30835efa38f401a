import { type Logger, pino } from "pino";
import type * as z from "zod";
import type { logLevel } from "./environment.ts";
import type { RequestIds } from "./request-ids.ts";

/** How much is logged. */
export type LogLevel = z.infer<typeof logLevel>;

/** What {@link createLogger} needs. */
export interface LoggerOptions {
  readonly level: LogLevel;
  /** Fields of every line: who logs. */
  readonly base: Readonly<Record<string, string | undefined>>;
  /** The requests whose lines bear their ids. Unset: there are none. */
  readonly requestIds?: Pick<RequestIds, "current">;
}

/**
 * Creates the logger: JSON lines on stdout, written synchronously, so that none is lost at the end. It fits core's
 * `Logger` port.
 */
export function createLogger({ level, base, requestIds }: LoggerOptions): Logger {
  const options = {
    level,
    base,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: serializeError },
    mixin() {
      const requestId = requestIds?.current();
      return requestId === undefined ? {} : { requestId };
    },
  };
  return pino(options, pino.destination({ dest: process.stdout.fd, sync: true }));
}

// Only what is named here: errors of clients carry the failed command or request, and those hold passwords.
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  return {
    type: error.name,
    ...("code" in error && typeof error.code === "string" && { code: error.code }),
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && { cause: serializeError(error.cause) }),
  };
}
