import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";

/** A Redis that may take writes. */
export interface WritablePlace {
  readonly name: string;
  readonly host: string;
  readonly redisPort: number;
}

/** A write that Redis has said yes to. */
export interface AcknowledgedWrite {
  readonly key: string;
  /** Who took it. */
  readonly place: string;
  /** When the answer came, as `performance.now()`. */
  readonly atMs: number;
}

/** An application that writes one key after the other to whoever takes them. */
export interface Writer extends AsyncDisposable {
  /** So far, the oldest first. */
  acknowledged(): readonly AcknowledgedWrite[];
  stop(): Promise<void>;
  /** How many of the acknowledged keys an instance doesn't hold. */
  countMissing(place: string): Promise<number>;
}

/** What is written, and what counts as an acknowledgement. */
export interface WriterOptions {
  /** How many replicas have to confirm each write (`WAIT`). Default 0. */
  readonly replicas?: number;
  /** How many writes are under way at once. Default 1. */
  readonly concurrency?: number;
  /** What the keys begin with. Default `written`. */
  readonly prefix?: string;
}

// A Redis that doesn't answer is given up on for the next; shorter than any failover.
const commandTimeoutMs = 500;
// One that is down isn't asked at full speed.
const retryMs = 5;
const batchSize = 1_000;

/** Starts to write, to the first place at first. */
export function startWriter(
  places: readonly WritablePlace[],
  { replicas = 0, concurrency = 1, prefix = "written" }: WriterOptions = {},
): Writer {
  const acknowledged: AcknowledgedWrite[] = [];
  const stopped = new AbortController();
  const connections = places.map(({ name, host, redisPort }) => ({ name, redis: connect(host, redisPort) }));

  async function write(redis: Redis, key: string): Promise<boolean> {
    try {
      await redis.set(key, key);
      return replicas === 0 || (await redis.wait(replicas, commandTimeoutMs)) >= replicas;
    } catch {
      return false;
    }
  }

  async function run(lane: number): Promise<void> {
    let place = 0;
    for (let number = 0; !stopped.signal.aborted; number += 1) {
      const key = `${prefix}:${lane}:${number}`;
      const connection = connections[place % connections.length];
      if (connection === undefined) return;
      if (await write(connection.redis, key)) {
        acknowledged.push({ key, place: connection.name, atMs: performance.now() });
      } else {
        place += 1;
        await pause(retryMs);
      }
    }
  }

  const running = Promise.all(Array.from({ length: concurrency }, (_, lane) => run(lane)));
  async function stop(): Promise<void> {
    stopped.abort();
    await running;
  }
  return {
    acknowledged: () => acknowledged,
    stop,
    async countMissing(place) {
      const redis = connections.find(({ name }) => name === place)?.redis;
      if (redis === undefined) throw new Error(`nothing was written to ${place}`);
      let missing = 0;
      for (let start = 0; start < acknowledged.length; start += batchSize) {
        const keys = acknowledged.slice(start, start + batchSize).map(({ key }) => key);
        missing += keys.length - (await redis.exists(...keys));
      }
      return missing;
    },
    async [Symbol.asyncDispose]() {
      await stop();
      for (const { redis } of connections) redis.disconnect();
    },
  };
}

function connect(host: string, port: number): Redis {
  const redis = new Redis({
    host,
    port,
    protocol: 2,
    commandTimeout: commandTimeoutMs * 2,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 20,
  });
  // Instances are killed on purpose.
  redis.on("error", () => undefined);
  return redis;
}
