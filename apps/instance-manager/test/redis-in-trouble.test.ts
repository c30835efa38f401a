import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createTemporaryDirectory,
  freePort,
  startBlackHole,
  type BlackHoleBehaviour,
  type RedisServer,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, becomesReady, comesToAnswer, failureOf, plainText, post } from "./answer.ts";
import { attachTo, sendTo, startAttached, startSupervised } from "./instance.ts";

const ok = plainText(200, "ok");
const demoteElsewhere = "/v1/demote?primaryIP=127.0.0.1&port=1";

interface Asked {
  readonly url: string;
}

/** Every write of the API, each of which must fail in its own way and in time. */
async function failuresOfWrites(manager: Asked) {
  const [promote, demote, backup] = await Promise.all([
    post(manager, "/v1/promote"),
    post(manager, demoteElsewhere),
    post(manager, "/v1/backup", { backupName: "b", destination: { s3: { bucket: "b" } } }),
  ]);
  return [promote, demote, backup].map((answer) => {
    const { status, code } = failureOf(answer);
    return [status, code];
  });
}

const failedWrites = [
  [500, "PROMOTE_FAILED"],
  [500, "DEMOTE_FAILED"],
  [500, "SNAPSHOT_FAILED"],
];

async function redisUp(manager: Asked): Promise<string | undefined> {
  const { status, body } = await ask(manager, "/metrics");
  expect(status).toBe(200);
  return /^redis_up\{.*\} (\d)$/m.exec(body)?.[1];
}

/** Has Redis run a script for as long as it isn't killed, and waits until it refuses everything else. */
async function keepBusy({ client, port }: RedisServer): Promise<AsyncDisposable> {
  const script = client.eval("while true do end", 0).catch((error: unknown) => error);
  await waitFor(
    () =>
      sendTo({ port }, ["PING"]).then(
        () => false,
        (error: unknown) => String(error).includes("BUSY"),
      ),
    { what: "Redis to be busy" },
  );
  return {
    async [Symbol.asyncDispose]() {
      await sendTo({ port }, ["SCRIPT", "KILL"]);
      await script;
    },
  };
}

describe("a Redis that is down", () => {
  it("fails every request in time and with its own code", async () => {
    await using manager = await attachTo({ port: await freePort() });
    await comesToAnswer(manager, "/readyz", plainText(503, "redis not ready: unreachable"));
    const status = failureOf(await ask(manager, "/v1/status"));
    expect([status.status, status.code]).toEqual([503, "REDIS_UNREACHABLE"]);
    expect(await failuresOfWrites(manager)).toEqual(failedWrites);
    expect(await redisUp(manager)).toBe("0");
  });

  it("is served again as soon as it is back", async () => {
    const port = await freePort();
    await using manager = await attachTo({ port });
    expect((await ask(manager, "/v1/status")).status).toBe(503);
    await using _redis = await startRedisServer({ port });
    await becomesReady(manager);
    expect((await ask(manager, "/v1/status")).status).toBe(200);
    expect(await redisUp(manager)).toBe("1");
  });
});

describe("a Redis that hangs", () => {
  it("fails reads in time, stays alive, and is served again when it goes on", async () => {
    await using instance = await startAttached();
    await becomesReady(instance);
    instance.redis.process.kill("SIGSTOP");
    const [health, ready, status, up] = await Promise.all([
      ask(instance, "/healthz"),
      ask(instance, "/readyz"),
      ask(instance, "/v1/status"),
      redisUp(instance),
    ]);
    expect(health).toEqual(ok);
    expect(ready).toEqual(plainText(503, "redis not ready: timed out"));
    expect(failureOf(status)).toMatchObject({ status: 503, code: "REDIS_TIMED_OUT" });
    expect(up).toBe("0");
    instance.redis.process.kill("SIGCONT");
    await becomesReady(instance);
    expect((await ask(instance, "/v1/status")).status).toBe(200);
  });
});

describe("a Redis that runs a long script", () => {
  it("is alive and not ready, and says so", async () => {
    await using instance = await startAttached({ directives: { "busy-reply-threshold": "1" } });
    await becomesReady(instance);
    await using _script = await keepBusy(instance.redis);
    expect(await ask(instance, "/healthz")).toEqual(ok);
    await comesToAnswer(instance, "/readyz", plainText(503, "redis not ready: BUSY"));
    expect(failureOf(await ask(instance, "/v1/status"))).toMatchObject({ status: 503, code: "REDIS_BUSY" });
    expect(failureOf(await post(instance, "/v1/promote"))).toMatchObject({
      status: 500,
      code: "PROMOTE_FAILED",
    });
    expect(await redisUp(instance)).toBe("0");
  });
});

describe("a Redis that loads its data", () => {
  it("is alive, tells its status, and is not ready until it has loaded", async () => {
    await using folder = await createTemporaryDirectory("loading");
    const configFile = join(folder.path, "redis.conf");
    const env = { DATA_DIR: join(folder.path, "data"), REDIS_CONFIG_FILE: configFile };
    await writeFile(configFile, "rdbcompression no\n");
    await using first = await startSupervised(env);
    await waitFor(async () => (await ask(first, "/readyz")).status === 200, { what: "Redis to be ready" });
    // Values of a kilobyte: Redis looks for requests only after each so many bytes.
    await first.send("EVAL", "for i = 1, 3000 do redis.call('SET', i, string.rep('v', 1024)) end", "0");
    await first.send("BGREWRITEAOF");
    await waitFor(
      async () => {
        const info = String(await first.send("INFO", "persistence"));
        return info.includes("aof_rewrites:1\r") && info.includes("aof_rewrite_in_progress:0\r");
      },
      { what: "the values to be in the base file" },
    );
    await first.stop();
    await writeFile(configFile, "key-load-delay 2000\nloading-process-events-interval-bytes 1024\n");

    await using instance = await startSupervised(env);
    await comesToAnswer(instance, "/readyz", plainText(503, "redis not ready: LOADING"));
    expect(await ask(instance, "/healthz")).toEqual(ok);
    expect(await ask(instance, "/v1/status")).toMatchObject({ status: 200 });
    expect(await redisUp(instance)).toBe("1");
    const failure = failureOf(await post(instance, "/v1/promote"));
    expect(failure).toMatchObject({ status: 500, code: "PROMOTE_FAILED" });
    expect(failure.message).toContain("LOADING");

    await instance.send("CONFIG", "SET", "key-load-delay", "0");
    await waitFor(async () => (await ask(instance, "/readyz")).status === 200, {
      what: "the end of loading",
    });
    expect(await instance.send("DBSIZE")).toBe(3_000);
  });
});

describe("a Redis that wants another password", () => {
  it.each(["no password", "a wrong one"])("is alive and not ready with %s, and says so", async (given) => {
    await using folder = await createTemporaryDirectory("password");
    const passwordFile = join(folder.path, "password");
    await writeFile(passwordFile, "wrong-pass\n");
    await using instance = await startAttached({
      directives: { requirepass: "right-pass" },
      env: given === "a wrong one" ? { REDIS_PASSWORD_FILE: passwordFile } : {},
    });
    expect(await ask(instance, "/healthz")).toEqual(ok);
    await comesToAnswer(instance, "/readyz", plainText(503, "redis not ready: authentication failed"));
    expect(failureOf(await ask(instance, "/v1/status"))).toMatchObject({
      status: 503,
      code: "REDIS_AUTH_FAILED",
    });
    expect(await failuresOfWrites(instance)).toEqual(failedWrites);
    expect(await redisUp(instance)).toBe("0");
    expect(instance.process.output()).not.toMatch(/wrong-pass|right-pass/);
  });
});

describe("something else on the port of Redis", () => {
  const behaviours = ["silent", "close", "reset", "half-close", "garbage"] as const;
  it.each(behaviours)(
    "that treats connections as %s fails every request in time",
    async (behaviour: BlackHoleBehaviour) => {
      await using hole = await startBlackHole({ behaviour });
      await using manager = await attachTo(hole);
      const [ready, status, up] = await Promise.all([
        ask(manager, "/readyz"),
        ask(manager, "/v1/status"),
        redisUp(manager),
      ]);
      expect(ready).toMatchObject({
        status: 503,
        body: expect.stringMatching(/^redis not ready: (unreachable|timed out)$/),
      });
      expect(failureOf(status)).toMatchObject({
        status: 503,
        code: expect.stringMatching(/^REDIS_(UNREACHABLE|TIMED_OUT)$/),
      });
      expect(up).toBe("0");
      expect(manager.process.hasExited()).toBe(false);
    },
  );
});
