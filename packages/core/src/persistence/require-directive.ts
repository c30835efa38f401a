import { InstanceError } from "../errors.ts";

/**
 * Takes one directive from what `readConfig` returned.
 *
 * @throws InstanceError `REDIS_REPLY_INVALID` if it is missing or empty.
 */
export function requireDirective<Name extends string>(config: ReadonlyMap<Name, string>, name: Name): string {
  const value = config.get(name);
  if (value === undefined || value === "") {
    throw new InstanceError("REDIS_REPLY_INVALID", `CONFIG GET of Redis reports no ${name}`);
  }
  return value;
}
