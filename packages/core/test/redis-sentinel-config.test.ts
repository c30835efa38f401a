import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory, freePort, Hopeless, startProcess, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createRedisConnection } from "../src/redis/connection.ts";
import { type FirstPrimary, prepareSentinelConfig } from "../src/redis/sentinel-config.ts";

const settings = { port: 26_379, dir: "/data" };

/** Prepares the file in `dir` and starts redis-sentinel with it, as the sentinel manager does. */
async function startPrepared({
  dir,
  password,
  seed = "",
  firstPrimary,
}: {
  readonly dir: string;
  readonly password?: string;
  readonly seed?: string;
  readonly firstPrimary?: FirstPrimary;
}) {
  const port = await freePort();
  const path = join(dir, "sentinel.conf");
  const seedFile = join(dir, "seed.conf");
  await writeFile(seedFile, seed);
  await prepareSentinelConfig({ path, seedFile, firstPrimary }, { port, dir, password });
  const sentinel = await startProcess({ command: "redis-sentinel", args: [path] });
  const passwordFile = join(dir, "password");
  await writeFile(passwordFile, password ?? "");
  const redis = createRedisConnection({
    host: "127.0.0.1",
    port,
    passwordFile,
    connectTimeoutMs: 1_000,
    commandTimeoutMs: 1_000,
  });
  await waitFor(
    async () => {
      if (sentinel.hasExited()) throw new Hopeless(sentinel.output());
      return (await redis.send(["PING"])) === "PONG";
    },
    { what: "redis-sentinel to answer" },
  );
  return {
    redis,
    port,
    path,
    async [Symbol.asyncDispose]() {
      redis.close();
      await sentinel.stop();
    },
  };
}

describe("a redis-sentinel with a prepared configuration", () => {
  it("keeps its id and what it monitors over restarts, with the port and password of each start", async () => {
    await using folder = await createTemporaryDirectory("sentinel");
    const dir = folder.path;
    const ids: unknown[] = [];
    for (const password of ["first", 'sec"ond', "third"]) {
      const seed = `port 1\nsentinel monitor ${password === "first" ? "kept" : "ignored"} 127.0.0.1 1 2\n`;
      await using sentinel = await startPrepared({ dir, password, seed });
      ids.push(await sentinel.redis.send(["SENTINEL", "MYID"]));
      // A change makes Sentinel rewrite its file.
      await sentinel.redis.send(["SENTINEL", "SET", "kept", "quorum", String(ids.length + 2)]);
      expect(await sentinel.redis.send(["SENTINEL", "CKQUORUM", "ignored"]).catch(String)).toContain(
        "No such master",
      );
      expect(await readFile(sentinel.path, "utf8")).toContain(
        `sentinel monitor kept 127.0.0.1 1 ${ids.length + 2}`,
      );
      expect(await refusal(sentinel.port)).toMatch(/^NOAUTH/);
    }
    expect(new Set(ids).size).toBe(1);
  });

  it("starts without a seed, monitoring nothing", async () => {
    await using folder = await createTemporaryDirectory("sentinel");
    await using sentinel = await startPrepared({ dir: folder.path });
    expect(await sentinel.redis.send(["SENTINEL", "MASTERS"])).toEqual([]);
  });
});

/** What a client without a password is told. */
async function refusal(port: number): Promise<string> {
  const redis = createRedisConnection({
    host: "127.0.0.1",
    port,
    connectTimeoutMs: 1_000,
    commandTimeoutMs: 1_000,
  });
  try {
    return String(await redis.send(["PING"]));
  } catch (error) {
    return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  } finally {
    redis.close();
  }
}

describe("the first primary", () => {
  const firstPrimary = { name: "cache", host: "localhost", port: 1, quorum: 2 };

  it("is monitored by its name, with what the seed says of it, and the password that starts bring", async () => {
    await using folder = await createTemporaryDirectory("sentinel");
    const dir = folder.path;
    const seed = "sentinel down-after-milliseconds cache 1234\n";
    for (const password of ['a"b\\c d', "second"]) {
      await using sentinel = await startPrepared({ dir, password, seed, firstPrimary });
      const reply = await sentinel.redis.send(["SENTINEL", "MASTER", "cache"]);
      const fields = Array.isArray(reply) ? reply.map(String) : [];
      const valueOf = (name: string) => fields[fields.indexOf(name) + 1];
      expect(["ip", "port", "quorum", "down-after-milliseconds"].map(valueOf)).toEqual([
        "localhost",
        "1",
        "2",
        "1234",
      ]);
      // A change makes Sentinel rewrite its file, with the password as it is.
      await sentinel.redis.send(["SENTINEL", "SET", "cache", "quorum", "2"]);
      expect(await readFile(sentinel.path, "utf8")).toContain(`auth-pass cache ${password}\n`);
    }
  });

  it("counts only where there is no state yet", async () => {
    await using folder = await createTemporaryDirectory("sentinel");
    const path = join(folder.path, "sentinel.conf");
    await writeFile(path, "sentinel monitor cache 10.0.0.8 6379 2\n");
    await prepareSentinelConfig({ path, firstPrimary }, settings);
    expect(await readFile(path, "utf8")).not.toContain("localhost");
  });

  it("has host names resolved and announced only where it is one", async () => {
    await using folder = await createTemporaryDirectory("sentinel");
    const path = join(folder.path, "sentinel.conf");
    await prepareSentinelConfig({ path, firstPrimary: { ...firstPrimary, host: "10.0.0.7" } }, settings);
    expect(await readFile(path, "utf8")).not.toContain("hostnames");
  });
});

describe("prepareSentinelConfig", () => {
  it("begins with the seed, and keeps what is there afterwards", async () => {
    await using folder = await createTemporaryDirectory("sentinel");
    const path = join(folder.path, "sentinel.conf");
    const seedFile = join(folder.path, "seed.conf");
    await writeFile(seedFile, "sentinel monitor first 127.0.0.1 1 1\n");
    await prepareSentinelConfig({ path, seedFile }, settings);
    await writeFile(seedFile, "sentinel monitor second 127.0.0.1 2 1\n");
    await prepareSentinelConfig({ path, seedFile }, settings);
    expect(await readFile(path, "utf8")).toMatch(/^sentinel monitor first 127\.0\.0\.1 1 1\n(?![^]*second)/);
  });

  it("does without a seed that is gone once there is a state", async () => {
    await using folder = await createTemporaryDirectory("sentinel");
    const path = join(folder.path, "sentinel.conf");
    await writeFile(path, "sentinel monitor first 127.0.0.1 1 1\n");
    await prepareSentinelConfig({ path, seedFile: join(folder.path, "missing.conf") }, settings);
    expect(await readFile(path, "utf8")).toContain("sentinel monitor first");
  });

  it("names the seed file that can't be read", async () => {
    await using folder = await createTemporaryDirectory("sentinel");
    const seedFile = join(folder.path, "missing.conf");
    const prepared = prepareSentinelConfig({ path: join(folder.path, "sentinel.conf"), seedFile }, settings);
    await expect(prepared).rejects.toMatchObject({
      code: "REDIS_CONFIG_INVALID",
      message: expect.stringMatching(/^reading the configuration file .*missing\.conf failed: ENOENT/),
    });
  });
});
