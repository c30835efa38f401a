import { readFile } from "node:fs/promises";
import {
  createTemporaryDirectory,
  freePort,
  type RedisServer,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { attach, startPair } from "./replication-fixture.ts";

const unsafe = { code: "PROMOTE_UNSAFE" };

/** Waits until a replica's INFO holds a line. */
function says({ client }: RedisServer, line: string): Promise<unknown> {
  return waitFor(async () => (await client.info()).includes(`${line}\r\n`), { what: line });
}

/** A replica whose primary was unreachable from the start. */
async function startUnsynced(directives: Readonly<Record<string, string>> = {}) {
  const port = await freePort();
  return startRedisServer({ directives: { ...directives, replicaof: ["127.0.0.1", String(port)] } });
}

function values({ count, sizeBytes }: { readonly count: number; readonly sizeBytes: number }) {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`key:${index}`, "v".repeat(sizeBytes)]),
  );
}

/** A primary that takes minutes to send its data, and a replica that is receiving them. */
async function startSlowSync(replica: RedisServer) {
  const primary = await startRedisServer({
    directives: { "rdb-key-save-delay": "1000000", "repl-diskless-sync": "yes", rdbcompression: "no" },
  });
  // More than the buffers on the way hold, so that the replica sees some of it.
  await primary.client.mset(values({ count: 100, sizeBytes: 100_000 }));
  await replica.client.replicaof("127.0.0.1", primary.port);
  await says(replica, "master_sync_in_progress:1");
  return primary;
}

/** Ends a Redis and the child that sends its data, which goes on without it in Redis 8. */
async function killWithChildren({ process: { pid } }: RedisServer): Promise<void> {
  // Linux alone knows the file.
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  for (const target of [pid, ...children.split(" ").filter(Boolean).map(Number)])
    process.kill(target, "SIGKILL");
}

/** A Redis that follows nobody but itself. */
async function startUndesignated() {
  const port = await freePort();
  return startRedisServer({ port, directives: { replicaof: ["127.0.0.1", String(port)] } });
}

describe("promoting a replica that never finished a sync", () => {
  it("is refused when it holds no data, and changes nothing", async () => {
    await using server = await startUnsynced();
    using replica = attach(server);
    await expect(replica.promote()).rejects.toMatchObject({
      ...unsafe,
      message: "not promoted: it never finished a sync and holds no data; force=true promotes it anyway",
    });
    expect(await server.client.info("replication")).toContain("role:slave");
  });

  it("is done by force, which the log tells", async () => {
    await using server = await startUnsynced();
    using replica = attach(server);
    expect(await replica.promote({}, { force: true })).toMatchObject({ role: "primary" });
    expect(replica.log).toMatchObject([
      { level: "warn", message: "promoted", fields: { doubt: expect.any(String) } },
    ]);
  });

  it("is done when it holds data of its own, with a warning: they may be all that is left", async () => {
    await using server = await startRedisServer();
    using instance = attach(server);
    await server.client.set("key", "value");
    await instance.demote({ host: "127.0.0.1", port: await freePort() }, { force: true });
    expect(await instance.promote()).toMatchObject({ role: "primary" });
    expect(await server.client.get("key")).toBe("value");
    expect(instance.log.at(-1)).toMatchObject({ level: "warn", message: "promoted" });
  });

  it("is refused by force as well when a precondition doesn't hold", async () => {
    await using server = await startUnsynced();
    using replica = attach(server);
    await expect(replica.promote({ minOffsetBytes: 100 }, { force: true })).rejects.toMatchObject({
      code: "PRECONDITION_UNMET",
    });
  });
});

describe("promoting a replica in the middle of a sync", () => {
  it("is refused when it is the first one", async () => {
    await using server = await startRedisServer();
    await using _primary = await startSlowSync(server);
    using replica = attach(server);
    await expect(replica.promote()).rejects.toMatchObject({
      ...unsafe,
      message: expect.stringContaining("full sync"),
    });
  });

  it("is refused while it still holds its old data, and done by force, which keeps them", async () => {
    await using pair = await startPair();
    await using _primary = await startSlowSync(pair.replica);
    using replica = attach(pair.replica);
    await expect(replica.promote()).rejects.toMatchObject(unsafe);
    expect(await replica.promote({}, { force: true })).toMatchObject({ role: "primary" });
    expect(await pair.replica.client.get("key")).toBe("value");
  });

  it("is refused after a sync that had begun to load was cut off", async () => {
    await using empty = await startRedisServer();
    await using server = await startRedisServer({
      directives: {
        "repl-diskless-load": "on-empty-db",
        "loading-process-events-interval-bytes": "1024",
        replicaof: ["127.0.0.1", String(empty.port)],
      },
    });
    await says(server, "master_link_status:up");
    await using primary = await startSlowSync(server);
    await says(server, "loading:1");
    await killWithChildren(primary);
    await says(server, "loading:0");
    await says(server, "master_sync_in_progress:0");
    using replica = attach(server);
    await expect(replica.promote()).rejects.toMatchObject({
      ...unsafe,
      message: expect.stringContaining("no data"),
    });
  });
});

describe("promoting a replica that is loading", () => {
  it("is refused", async () => {
    await using folder = await createTemporaryDirectory("loading");
    const port = await freePort();
    const configuration = { dir: folder.path, port };
    const first = await startRedisServer({ ...configuration, directives: { rdbcompression: "no" } });
    await first.client.mset(values({ count: 3_000, sizeBytes: 1_024 }));
    await first.client.save();
    await first.stop();
    const starting = startRedisServer({
      ...configuration,
      directives: {
        replicaof: ["127.0.0.1", "1"],
        "key-load-delay": "2000",
        // Redis looks for requests only after each so many bytes.
        "loading-process-events-interval-bytes": "1024",
      },
    });
    using replica = attach({ host: "127.0.0.1", port });
    const { redis } = replica;
    await waitFor(async () => String(await redis.send(["INFO"])).includes("loading:1\r"), {
      what: "LOADING",
    });
    await expect(replica.promote()).rejects.toMatchObject({
      ...unsafe,
      message: expect.stringContaining("loading"),
    });
    await expect(replica.promote({}, { force: true })).rejects.toMatchObject({ code: "PROMOTE_FAILED" });
    await redis.send(["CONFIG", "SET", "key-load-delay", "0"]);
    await using _server = await starting;
    expect(await replica.promote()).toMatchObject({ role: "primary" });
  });
});

describe("promoting an instance that follows nobody", () => {
  it("is done when it is empty", async () => {
    await using server = await startUndesignated();
    using instance = attach(server);
    expect(await instance.promote()).toMatchObject({ role: "primary" });
  });

  it("is refused when it is empty while another holds data, and done by force without asking", async () => {
    await using server = await startUndesignated();
    using instance = attach(server);
    const beside = { findPeerWithData: async () => "10.0.0.8:6379 holds 5 keys" };
    await expect(instance.promote({}, beside)).rejects.toMatchObject({
      ...unsafe,
      message: expect.stringContaining("10.0.0.8:6379 holds 5 keys"),
    });
    expect(await instance.promote({}, { ...beside, force: true })).toMatchObject({ role: "primary" });
  });
});

describe("promoting a fenced instance", () => {
  it.each([
    [false, "PROMOTE_UNSAFE"],
    [true, "INSTANCE_FENCED"],
  ])("is refused; forced: %j", async (force, code) => {
    await using pair = await startPair();
    using replica = attach(pair.replica);
    await expect(replica.promote({}, { force, isFenced: () => true })).rejects.toMatchObject({ code });
  });
});
