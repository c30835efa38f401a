import type { LogFields } from "../logger.ts";

/** What was changed in Redis and read back, for the log. */
export interface AppliedRotation {
  readonly fields: LogFields;
  readonly message: string;
}

/** Files, and what follows from them in Redis. */
export interface RotatedSubject {
  readonly name: "password" | "tls" | "acl";
  readonly files: readonly string[];
  /** Tells whether {@link apply} has something to do though no file has changed. */
  isUnsettled(): boolean;
  /**
   * Makes the running Redis hold what the files say, and reads it back. Does nothing where it does already.
   *
   * @param contents - Of `files`, in their order.
   * @returns `undefined` if nothing had to be changed.
   * @throws InstanceError `REDIS_CONFIG_INVALID` if the files are unfit: Redis holds what it held before. `REDIS_…` if Redis
   * couldn't be asked or changed.
   */
  apply(contents: readonly string[]): Promise<AppliedRotation | undefined>;
}
