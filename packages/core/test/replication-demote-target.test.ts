import { freePort, startBlackHole, startRedisServer } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createRedisConnection } from "../src/redis/connection.ts";
import { readStatus } from "../src/replication/status.ts";
import { attach, caller, startPair } from "./replication-fixture.ts";

const notPrimary = { code: "DEMOTE_TARGET_NOT_PRIMARY" };

async function startNothing() {
  const port = await freePort();
  return { port, [Symbol.asyncDispose]: async () => undefined };
}

describe("demoting to a primary", () => {
  it("is done, and logged with who, from, to and the offsets", async () => {
    await using primary = await startRedisServer();
    await using server = await startRedisServer();
    using instance = attach(server);
    await instance.demote({ host: "127.0.0.1", port: primary.port });
    expect(instance.log).toEqual([
      {
        level: "info",
        message: "demoted",
        fields: {
          ...caller,
          from: "primary",
          to: "replica",
          primary: `127.0.0.1:${primary.port}`,
          offsetBytesBefore: expect.any(Number),
          offsetBytes: expect.any(Number),
        },
      },
    ]);
  });
});

describe("demoting to a replica", () => {
  it("is refused, naming whom that one follows, and changes nothing", async () => {
    await using pair = await startPair();
    await using server = await startRedisServer();
    using instance = attach(server);
    await expect(instance.demote({ host: "127.0.0.1", port: pair.replica.port })).rejects.toMatchObject({
      ...notPrimary,
      message:
        `not demoted: 127.0.0.1:${pair.replica.port} is itself a replica, of 127.0.0.1:${pair.primary.port}; ` +
        "force=true skips this check",
    });
    expect(await readStatus(instance.redis)).toMatchObject({ role: "primary" });
  });

  it("is refused when that one follows this instance: nobody would be left to write to", async () => {
    await using pair = await startPair();
    using primary = attach(pair.primary);
    await expect(primary.demote({ host: "127.0.0.1", port: pair.replica.port })).rejects.toMatchObject(
      notPrimary,
    );
    expect(await readStatus(primary.redis)).toMatchObject({ role: "primary" });
  });

  it("is done by force", async () => {
    await using pair = await startPair();
    await using server = await startRedisServer();
    using instance = attach(server);
    const target = { host: "127.0.0.1", port: pair.replica.port };
    expect(await instance.demote(target, { force: true })).toMatchObject({
      role: "replica",
      primary: target,
    });
  });
});

describe("demoting to an instance that can't be asked", () => {
  it.each([
    ["nothing listens there", startNothing, "ECONNREFUSED"],
    ["it is silent", startBlackHole, "timed out"],
    [
      "it wants another password",
      () => startRedisServer({ directives: { requirepass: "secret" } }),
      "NOAUTH",
    ],
  ])("is done with a warning when %s", async (_, start, reason) => {
    await using target = await start();
    await using server = await startRedisServer();
    using instance = attach(server);
    const { port } = target;
    expect(await instance.demote({ host: "127.0.0.1", port })).toMatchObject({ primary: { port } });
    expect(instance.log[0]).toMatchObject({
      level: "warn",
      message: "the target of a demotion can't be asked for its role: taken for a primary",
      fields: { target: `127.0.0.1:${port}`, reason: expect.stringContaining(reason) },
    });
  });

  it("closes the connection that it asked over", async () => {
    await using primary = await startRedisServer();
    await using server = await startRedisServer();
    let closed = 0;
    using instance = attach(server);
    await instance.demote(
      { host: "127.0.0.1", port: primary.port },
      {
        connect(address) {
          const redis = createRedisConnection({
            ...address,
            connectTimeoutMs: 1_000,
            commandTimeoutMs: 1_000,
          });
          return { ...redis, close: () => ((closed += 1), redis.close()) };
        },
      },
    );
    expect(closed).toBe(1);
  });
});

it("refuses to demote a fenced instance, forced or not", async () => {
  await using pair = await startPair();
  await using server = await startRedisServer();
  using instance = attach(server);
  const target = { host: "127.0.0.1", port: pair.primary.port };
  for (const force of [false, true]) {
    await expect(instance.demote(target, { force, isFenced: () => true })).rejects.toMatchObject({
      code: "INSTANCE_FENCED",
    });
  }
});
