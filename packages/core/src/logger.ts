/** One structured entry: what happened beside the message, as fields. Never a secret. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where core reports state changes (`info`) and tolerated trouble (`warn`); a pino logger fits.
 * An error object goes under the field `err`.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
