/** One line of the log: what happened, and what belongs to it. */
export type Fields = Readonly<Record<string, unknown>>;

/** Writes JSON lines. */
export interface Log {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** Creates a log that hands each line to `write`, without its end. An `Error` in a field is written with what it says and its code. */
export function createLog(write: (line: string) => void): Log {
  const at =
    (level: string) =>
    (message: string, fields: Fields = {}) =>
      write(
        JSON.stringify({ level, time: new Date().toISOString(), message, ...fields }, (_, value: unknown) =>
          value instanceof Error ? describeError(value) : value,
        ),
      );
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

function describeError(error: Error): Fields {
  return { name: error.name, message: error.message, ...("code" in error && { code: error.code }) };
}
