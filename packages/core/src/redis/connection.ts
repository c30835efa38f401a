import { readFile } from "node:fs/promises";
import type { SecureContextOptions } from "node:tls";
import { Redis } from "ioredis";
import { describeError, InstanceError } from "../errors.ts";
import { readPasswordFile } from "./password-file.ts";
import { formatHostPort } from "../host-port.ts";
import { toRedisError } from "./reply-error.ts";

// A connection whose other end vanished (a node that lost power) stays open for many minutes; a new one tells.
const maxTimeoutsInRow = 3;

/** One Redis command and its arguments. */
export type RedisCommand = readonly [name: string, ...args: string[]];

/** A connection to one redis-server (or redis-sentinel), opened by the first command and again after a loss. */
export interface RedisConnection {
  /** `host:port`, for messages. */
  readonly address: string;
  /**
   * Sends one command and returns its RESP2 reply.
   *
   * @throws InstanceError `REDIS_UNREACHABLE`, `REDIS_TIMED_OUT`, `REDIS_LOADING`, `REDIS_BUSY`,
   * `REDIS_AUTH_FAILED` or, for any other error reply, `REDIS_COMMAND_FAILED`. Never hangs: connecting and
   * answering have a deadline each.
   */
  send(command: RedisCommand): Promise<unknown>;
  /** Closes the connection; commands under way fail with `REDIS_UNREACHABLE`. */
  close(): void;
}

/** How to reach and authenticate to one Redis. */
export interface RedisConnectionOptions {
  readonly host: string;
  readonly port: number;
  /** File with the password, read anew on every connection and trimmed, so that a rotation needs no restart. */
  readonly passwordFile?: string | undefined;
  /** Folder with `tls.crt`, `tls.key`, `ca.crt`, read anew on every connection. Unset: plain TCP. */
  readonly tlsDir?: string | undefined;
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
}

/**
 * Creates a connection that costs nothing until its first command.
 *
 * A client lives as long as its socket: a lost one is dropped and the next command opens another. ioredis' own
 * reconnecting is off, because it keeps the password it was given and retries in the background without an end.
 */
export function createRedisConnection(options: RedisConnectionOptions): RedisConnection {
  const address = formatHostPort(options.host, options.port);
  let current: Promise<Redis> | undefined;
  let timeoutsInRow = 0;

  async function connect(): Promise<Redis> {
    const client = new Redis(await clientOptions(options));
    let lastError: Error | undefined;
    // Without a listener ioredis prints the error; the failure itself reaches the caller through connect().
    client.on("error", (error: Error) => (lastError = error));
    try {
      await client.connect();
      return client;
    } catch (error) {
      client.disconnect();
      // On a refused connection ioredis rejects with "Connection is closed." and emits the reason beside it.
      throw lastError ?? error;
    }
  }

  function currentClient(): Promise<Redis> {
    if (current !== undefined) return current;
    const connecting = connect();
    const forget = () => {
      if (current === connecting) current = undefined;
    };
    connecting.then((client) => client.on("end", forget), forget);
    current = connecting;
    return connecting;
  }

  return {
    address,
    async send([name, ...args]) {
      try {
        const client = await currentClient();
        const reply = await client.call(name, ...args);
        timeoutsInRow = 0;
        return reply;
      } catch (cause) {
        const error = toRedisError(cause, { attempted: name, address });
        timeoutsInRow = error.code === "REDIS_TIMED_OUT" ? timeoutsInRow + 1 : 0;
        if (timeoutsInRow >= maxTimeoutsInRow) drop();
        throw error;
      }
    },
    close: drop,
  };

  function drop(): void {
    const dropped = current;
    current = undefined;
    timeoutsInRow = 0;
    // A connection attempt that fails has nothing to close; its caller has been told.
    dropped?.then(
      (client) => client.disconnect(),
      () => undefined,
    );
  }
}

async function clientOptions(options: RedisConnectionOptions) {
  const { host, port, passwordFile, tlsDir, connectTimeoutMs, commandTimeoutMs } = options;
  const password = passwordFile === undefined ? "" : await readPasswordFile(passwordFile);
  return {
    host,
    port,
    ...(password !== "" && { password }),
    ...(tlsDir !== undefined && { tls: await readTlsFiles(tlsDir) }),
    connectTimeout: connectTimeoutMs,
    commandTimeout: commandTimeoutMs,
    // RESP2 keeps reply shapes the same on every server version.
    protocol: 2,
    lazyConnect: true,
    enableOfflineQueue: false,
    // The ready check queues commands while Redis is LOADING; INFO must work then.
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
    disableClientInfo: true,
  } as const;
}

async function readTlsFiles(
  tlsDir: string,
): Promise<SecureContextOptions & { checkServerIdentity: () => undefined }> {
  try {
    const [cert, key, ca] = await Promise.all(
      ["tls.crt", "tls.key", "ca.crt"].map((file) => readFile(`${tlsDir}/${file}`)),
    );
    return {
      cert,
      key,
      ca,
      // The certificate names the pod, not the loopback address that the manager dials; the CA is still verified.
      checkServerIdentity: () => undefined,
    };
  } catch (cause) {
    throw new InstanceError(
      "REDIS_UNREACHABLE",
      `reading the TLS files in ${tlsDir} failed: ${describeError(cause)}`,
      { cause },
    );
  }
}
