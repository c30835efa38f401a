import { Redis } from "ioredis";
import { formatHostPort } from "../host-port.ts";
import { type AccessFiles, createRedisAccess, type RedisAccess, type RedisCredentials } from "./access.ts";
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

/** How to reach and authenticate to one Redis. The files are read anew on every connection. */
export interface RedisConnectionOptions extends AccessFiles {
  readonly host: string;
  readonly port: number;
  /** In place of the files: what this connection shares with others to the same Redis. */
  readonly access?: RedisAccess | undefined;
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
  const access = options.access ?? createRedisAccess(options);
  let current: Promise<Redis> | undefined;
  let timeoutsInRow = 0;

  async function connect(): Promise<Redis> {
    let firstError: unknown;
    for (const credentials of await access.candidates()) {
      try {
        const client = await logIn(options, credentials);
        access.accepted(credentials);
        return client;
      } catch (error) {
        firstError ??= error;
        // Redis is silent; other credentials would double the wait for the same.
        if (toRedisError(error, { attempted: "connecting", address }).code === "REDIS_TIMED_OUT") break;
      }
    }
    throw firstError;
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
        // A connection that isn't logged in stays so, whatever the password becomes.
        const isLoggedOut = error.code === "REDIS_AUTH_FAILED" && !isForbidden(cause);
        if (timeoutsInRow >= maxTimeoutsInRow || isLoggedOut) drop();
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

/** Whether the user is known, and may not send this command. */
function isForbidden(cause: unknown): boolean {
  return cause instanceof Error && cause.message.startsWith("NOPERM ");
}

async function logIn(options: RedisConnectionOptions, credentials: RedisCredentials): Promise<Redis> {
  const client = new Redis(clientOptions(options, credentials));
  let lastError: Error | undefined;
  // Without a listener ioredis prints the error; the failure itself reaches the caller through connect().
  client.on("error", (error: Error) => (lastError = error));
  try {
    await client.connect();
    await authenticate(client, credentials);
    return client;
  } catch (error) {
    client.disconnect();
    // On a refused connection ioredis rejects with "Connection is closed." and emits the reason beside it.
    throw lastError ?? error;
  }
}

/** By a command of its own: ioredis prints a warning, past the logger, when Redis wants no password. */
async function authenticate(client: Redis, { password, tls }: RedisCredentials): Promise<void> {
  try {
    if (password !== "") await client.call("AUTH", password);
    // With TLS 1.3 a client's certificate is refused after the handshake; only a reply proves that it was not.
    else if (tls !== undefined) await client.call("PING");
  } catch (error) {
    const isReply = error instanceof Error && error.name === "ReplyError";
    if (isReply && (password === "" || error.message.includes("without any password configured"))) return;
    throw error;
  }
}

function clientOptions(options: RedisConnectionOptions, { tls }: RedisCredentials) {
  const { host, port, connectTimeoutMs, commandTimeoutMs } = options;
  return {
    host,
    port,
    // The certificate names the pod, not the loopback address that the manager dials; the CA is still verified.
    ...(tls !== undefined && { tls: { ...tls, checkServerIdentity: () => undefined } }),
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
