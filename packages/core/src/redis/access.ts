import { readPasswordFile } from "./password-file.ts";
import { readTlsFiles, type TlsFiles } from "./tls-files.ts";

/** What one connection shows to Redis. */
export interface RedisCredentials {
  /** Empty: none. */
  readonly password: string;
  /** Unset: plain TCP. */
  readonly tls: TlsFiles | undefined;
}

/**
 * What the connections to one Redis know about getting in. Files rotate before or after Redis does, so that what Redis
 * took last is tried beside what the files hold now.
 */
export interface RedisAccess {
  /**
   * Reads the files anew.
   *
   * @returns What to try, in this order; at least one.
   * @throws InstanceError `REDIS_AUTH_FAILED`, `REDIS_UNREACHABLE` if a file can't be read and nothing was accepted yet.
   */
  candidates(): Promise<readonly RedisCredentials[]>;
  /** Remembers what Redis took. */
  accepted(credentials: RedisCredentials): void;
}

/** Where the credentials lie. */
export interface AccessFiles {
  /** File with the password, trimmed. Unset: no password. */
  readonly passwordFile?: string | undefined;
  /** Folder with `tls.crt`, `tls.key`, `ca.crt`. Unset: plain TCP. */
  readonly tlsDir?: string | undefined;
}

/** Creates the access to one Redis, shared by all connections to it. */
export function createRedisAccess({ passwordFile, tlsDir }: AccessFiles): RedisAccess {
  let last: RedisCredentials | undefined;

  return {
    async candidates() {
      const passwords =
        passwordFile === undefined
          ? [""]
          : await currentAndLast(() => readPasswordFile(passwordFile), last?.password);
      const tlsFiles =
        tlsDir === undefined ? [undefined] : await currentAndLast(() => readTlsFiles(tlsDir), last?.tls);
      return tlsFiles.flatMap((tls) => passwords.map((password) => ({ password, tls })));
    },
    accepted(credentials) {
      last = credentials;
    },
  };
}

/** What the files hold and what was accepted last, once if they are the same. */
async function currentAndLast<Value extends string | TlsFiles>(
  read: () => Promise<Value>,
  last: Value | undefined,
): Promise<readonly Value[]> {
  // Without a password Redis takes every connection, so that no password was accepted proves nothing.
  if (last === undefined || last === "") return [await read()];
  try {
    const current = await read();
    // An empty password file is one that is being written.
    return current === "" || isSame(current, last) ? [last] : [current, last];
  } catch {
    // A file is away for a moment while it is replaced.
    return [last];
  }
}

function isSame(one: string | TlsFiles, other: string | TlsFiles): boolean {
  if (typeof one === "string" || typeof other === "string") return one === other;
  return one.cert === other.cert && one.key === other.key && one.ca === other.ca;
}
