// Applications of the cluster: writers and readers that find the primary through the sentinels, and an observer that asks
// every instance what it shows and whether it takes writes.
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { createRedisConnection, type RedisConnection } from "@redis-operator/core/redis";
import { createApplication, connectByName, toList } from "./application.ts";
import { createLedger } from "./ledger.ts";
import { loadCommand, loadOptions, type LoadSecond, type LostWrite } from "./messages.ts";
import { readAgentOptions, serve } from "./serve.ts";

const options = loadOptions.parse(readAgentOptions());
const lanes = 4;
const fixedKeys = 10_000;
const fixedValueBytes = 1_000;
const valueBytes = 120;
const batchSize = 1_000;
const heartbeatMs = 100;
const retryMs = 100;
const ledger = createLedger();
const stopped = new AbortController();
const running: Promise<unknown>[] = [];
let second = emptySecond();
let recent: readonly number[] = [];

const tell = serve(async (received) => {
  const command = loadCommand.parse(received);
  switch (command.do) {
    case "start":
      return start();
    case "audit":
      return audit();
    case "mark":
      return ledger.mark(command.backup, Date.now() - command.floorAgeMs);
    case "seal":
      return ledger.seal(command.backup);
    case "compare":
      return compare(command);
    case "stop":
      stopped.abort();
      await Promise.all(running);
      return undefined;
    case "digest":
      return digestAll();
  }
});

function emptySecond() {
  return { acknowledged: 0, failed: 0, reads: 0, failedReads: 0 };
}

async function start(): Promise<void> {
  await fill();
  for (let lane = 0; lane < lanes; lane += 1) running.push(write());
  running.push(read(), beat(), observe(), retire());
}

/** What is there from the begin to the end, so that a backup has some size: more than one part of an upload. */
async function fill(): Promise<void> {
  const application = createApplication(options);
  for (let from = 0; from < fixedKeys; from += batchSize) {
    const numbers = Array.from({ length: batchSize }, (_, index) => from + index);
    await application.send(["MSET", ...numbers.flatMap((number) => [fixedKey(number), fixedValue(number)])]);
  }
}

function fixedKey(number: number): string {
  return `fixed:${number}`;
}

/** Of hexadecimal digits that can be told again, and don't compress away. */
function fixedValue(number: number): string {
  let text = "";
  for (let part = 0; text.length < fixedValueBytes; part += 1) {
    text += createHash("sha512").update(`${number}/${part}`).digest("base64");
  }
  return text.slice(0, fixedValueBytes);
}

function writeKey(number: number): string {
  return `w:${number}`;
}

/** Calls at a fixed pace; what is late isn't made up for. */
async function every(intervalMs: number, act: () => Promise<void>): Promise<void> {
  while (!stopped.signal.aborted) {
    const startedAt = performance.now();
    await act();
    await pause(Math.max(0, intervalMs - (performance.now() - startedAt)));
  }
}

async function write(): Promise<void> {
  const application = createApplication(options);
  await every((lanes * 1_000) / options.writesPerSecond, async () => {
    const number = ledger.next();
    try {
      const { pod } = await application.send(["SET", writeKey(number), `${number}:`.padEnd(valueBytes, "x")]);
      ledger.acknowledge(number, pod);
      second.acknowledged += 1;
      recent = [...recent.slice(-99), number];
    } catch {
      second.failed += 1;
      await pause(retryMs);
    }
  });
}

/** Reads from the primary what was written a moment ago. */
async function read(): Promise<void> {
  const application = createApplication(options);
  await every(2_000 / options.writesPerSecond, async () => {
    const number = recent[Math.floor(Math.random() * recent.length)] ?? 0;
    try {
      await application.send(["GET", writeKey(number)]);
      second.reads += 1;
    } catch {
      second.failedReads += 1;
      await pause(retryMs);
    }
  });
}

async function beat(): Promise<void> {
  const application = createApplication(options);
  await every(heartbeatMs, async () => {
    await application.send(["SET", "heartbeat", String(Date.now())]).catch(() => undefined);
  });
}

async function observe(): Promise<void> {
  const connections = new Map<string, RedisConnection>();
  await every(1_000, async () => {
    const writable: string[] = [];
    const ageMs: Record<string, number> = {};
    await Promise.all(
      options.instances.map(async ({ pod, name }) => {
        try {
          // By its address of now: a pod that was made anew has another.
          const fresh = connectByName(name, options);
          const known = connections.get(fresh.address) ?? fresh;
          connections.set(fresh.address, known);
          const shown = await known.send(["GET", "heartbeat"]);
          if (shown !== null) ageMs[pod] = Math.max(0, Date.now() - Number(shown));
          await known.send(["SET", `asked:${pod}`, String(Date.now())]);
          writable.push(pod);
        } catch {
          // It doesn't answer, or takes no writes.
        }
      }),
    );
    tell({ at: Date.now(), ...second, writable, ageMs } satisfies LoadSecond);
    second = emptySecond();
  });
  for (const connection of connections.values()) connection.close();
}

async function retire(): Promise<void> {
  const application = createApplication(options);
  await every(5_000, async () => {
    const numbers = ledger.retire(Date.now() - options.keepMs);
    for (let from = 0; from < numbers.length; from += batchSize) {
      const keys = numbers.slice(from, from + batchSize).map(writeKey);
      await application.send(["UNLINK", ...keys]).catch(() => undefined);
    }
  });
}

async function audit() {
  const application = createApplication(options);
  const numbers = ledger.kept();
  const lost: LostWrite[] = [];
  for (let from = 0; from < numbers.length; from += batchSize) {
    const batch = numbers.slice(from, from + batchSize);
    const { reply } = await application.send(["MGET", ...batch.map(writeKey)]);
    const values = toList(reply);
    const missing = batch.filter((_, index) => values[index] === null);
    // What was deleted meanwhile is no longer known to the ledger.
    lost.push(...ledger.lose(missing));
  }
  return { looked: numbers.length, acknowledgedInAll: ledger.acknowledgedInAll(), lost };
}

async function compare({
  backup,
  host,
  port,
}: {
  readonly backup: string;
  readonly host: string;
  readonly port: number;
}) {
  const redis = createRedisConnection({ host, port, connectTimeoutMs: 5_000, commandTimeoutMs: 10_000 });
  try {
    const required = ledger.requiredOf(backup);
    let missing = 0;
    for (let from = 0; from < required.length; from += batchSize) {
      const keys = required.slice(from, from + batchSize).map(writeKey);
      missing += keys.length - Number(await redis.send(["EXISTS", ...keys]));
    }
    for (let from = 0; from < fixedKeys; from += batchSize) {
      const numbers = Array.from({ length: batchSize }, (_, index) => from + index);
      const values = toList(await redis.send(["MGET", ...numbers.map(fixedKey)]));
      missing += numbers.filter((number, index) => values[index] !== fixedValue(number)).length;
    }
    return { expected: required.length + fixedKeys, missing, keys: Number(await redis.send(["DBSIZE"])) };
  } finally {
    redis.close();
  }
}

async function digestAll() {
  return Promise.all(
    options.instances.map(async ({ pod, name }) => {
      const connection = connectByName(name, options);
      try {
        return { pod, ...(await digest(connection)) };
      } finally {
        connection.close();
      }
    }),
  );
}

async function digest(connection: RedisConnection): Promise<{ keys: number; sha256: string }> {
  const entries = new Map<string, string>();
  let cursor = "0";
  do {
    const [next, page] = toList(await connection.send(["SCAN", cursor, "COUNT", String(batchSize)]));
    cursor = String(next);
    const keys = toList(page).map(String);
    const values = keys.length === 0 ? [] : toList(await connection.send(["MGET", ...keys]));
    for (const [index, key] of keys.entries()) entries.set(key, String(values[index]));
  } while (cursor !== "0");
  const hash = createHash("sha256");
  const sorted = Array.from(entries.keys()).toSorted((a, b) => (a < b ? -1 : 1));
  for (const key of sorted) hash.update(`${key}\0${entries.get(key)}\0`);
  return { keys: entries.size, sha256: hash.digest("hex") };
}
