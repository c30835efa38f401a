import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createTemporaryDirectory,
  type RedisServer,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import {
  countSyncs,
  knockWithoutPassword,
  pingAs,
  projectVolume,
  replaceFile,
  type RotatedOptions,
  startRotated,
} from "./rotation-fixture.ts";

/** A Redis with a password, and the file that it comes from. */
async function startWithPassword(password: string, options: RotatedOptions = {}) {
  const folder = await createTemporaryDirectory("password");
  const passwordFile = join(folder.path, "password");
  await writeFile(passwordFile, `${password}\n`);
  const { server, ...others } = options;
  const rotated = await startRotated({
    passwordFile,
    ...others,
    server: {
      ...server,
      directives: { requirepass: password, masterauth: password, ...server?.directives },
    },
  });
  return {
    ...rotated,
    passwordFile,
    write: (text: string) => replaceFile(passwordFile, text),
    async [Symbol.asyncDispose]() {
      await rotated[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function directive(server: RedisServer, name: string): Promise<unknown> {
  return (await server.client.config("GET", name))[1];
}

async function takes(port: number, password: string): Promise<void> {
  await waitFor(async () => (await pingAs(port, password)) === "PONG", { what: `Redis to take ${password}` });
}

async function refuses(port: number, password: string): Promise<void> {
  await waitFor(async () => (await pingAs(port, password)) === "WRONGPASS", {
    what: `Redis to refuse ${password}`,
  });
}

async function linkIsUp(server: RedisServer): Promise<void> {
  await waitFor(async () => (await server.client.info("replication")).includes("master_link_status:up"), {
    what: "the link to be up",
  });
}

/** Breaks the links of all replicas and waits for the next ones, which have to log in anew. */
async function reconnect(primary: RedisServer, replicas: readonly RedisServer[]): Promise<void> {
  const before = await countSyncs(primary);
  await primary.client.call("CLIENT", "KILL", "TYPE", "replica");
  await waitFor(async () => (await countSyncs(primary)) >= before + replicas.length, {
    what: "the replicas to be back",
  });
  await Promise.all(replicas.map(linkIsUp));
}

describe("the rotation of the password", () => {
  it("takes the new one beside the old one, then the new one alone, and nobody without one at any time", async () => {
    await using redis = await startWithPassword("old", { passwordGraceMs: 1_000 });
    const { server } = redis;
    const knocking = knockWithoutPassword(server.port);
    await redis.write("new\n");
    await takes(server.port, "new");
    await refuses(server.port, "old");
    await waitFor(async () => (await directive(server, "requirepass")) === "new", { what: "requirepass" });
    expect(await directive(server, "masterauth")).toBe("new");
    expect(await pingAs(server.port, "new")).toBe("PONG");
    expect(await knocking.stop()).toEqual(new Set(["NOAUTH"]));
    expect(redis.reports).toEqual(["password applied", "password applied"]);
    expect(JSON.stringify(redis.lines)).not.toMatch(/"(old|new)"/);
  });

  it("keeps the old one for the grace", async () => {
    await using redis = await startWithPassword("old");
    await redis.write("new\n");
    await takes(redis.server.port, "new");
    expect(await pingAs(redis.server.port, "old")).toBe("PONG");
  });

  it("follows a volume of Kubernetes, which swaps a link", async () => {
    await using folder = await createTemporaryDirectory("volume");
    await projectVolume(folder.path, { password: "old" });
    await using redis = await startRotated({
      passwordFile: join(folder.path, "password"),
      // Far too long to help: the event of the swap does.
      pollIntervalMs: 600_000,
      server: { directives: { requirepass: "old" } },
    });
    await projectVolume(folder.path, { password: "new" });
    await waitFor(() => redis.reports.length > 0, { what: "the rotation" });
    expect(await pingAs(redis.server.port, "new")).toBe("PONG");
  });

  it("takes no empty file, says so once, and goes on when it is filled", async () => {
    await using redis = await startWithPassword("old");
    const troubles = () => redis.lines.filter(({ level }) => level === "error");
    await redis.write("");
    await waitFor(() => troubles().length > 0, { what: "the refusal" });
    expect(await pingAs(redis.server.port)).toBe("NOAUTH");
    expect(await pingAs(redis.server.port, "old")).toBe("PONG");
    await redis.write("new");
    await waitFor(() => redis.reports.length > 1, { what: "the next report" });
    expect(await pingAs(redis.server.port, "new")).toBe("PONG");
    expect(troubles()).toHaveLength(1);
    expect(redis.reports).toEqual(["password refused", "password applied"]);
  });

  it("closes a Redis that was started without a password", async () => {
    await using folder = await createTemporaryDirectory("password");
    const passwordFile = join(folder.path, "password");
    await writeFile(passwordFile, "");
    await using redis = await startRotated({ passwordFile });
    expect(await pingAs(redis.server.port)).toBe("PONG");
    await writeFile(passwordFile, "first");
    await takes(redis.server.port, "first");
    expect(await pingAs(redis.server.port)).toBe("NOAUTH");
  });

  it("goes back to the old one within the grace", async () => {
    await using redis = await startWithPassword("old", { passwordGraceMs: 1_000 });
    await redis.write("new");
    await takes(redis.server.port, "new");
    await redis.write("old");
    await refuses(redis.server.port, "new");
    expect(await pingAs(redis.server.port, "old")).toBe("PONG");
    expect(await directive(redis.server, "masterauth")).toBe("old");
  });

  it("leaves the manager's connections in, whichever comes first, the file or Redis", async () => {
    await using redis = await startWithPassword("old", { passwordGraceMs: 1 });
    const connection = redis.connect();
    expect(await connection.send(["PING"])).toBe("PONG");
    redis.stop();
    await redis.write("new");
    const other = redis.connect();
    expect(await other.send(["PING"])).toBe("PONG");
    await redis.server.client.config("SET", "requirepass", "new");
    const third = redis.connect();
    expect(await third.send(["PING"])).toBe("PONG");
    for (const each of [connection, other, third]) each.close();
  });
});

describe("replication while the password rotates", () => {
  const orders = ["primary", "first replica", "second replica"] as const;
  it.each([
    [orders[0], orders[1], orders[2]],
    [orders[1], orders[0], orders[2]],
    [orders[1], orders[2], orders[0]],
  ])("keeps every link while %s, %s and %s rotate in this order", async (...order) => {
    const directives = { "repl-timeout": "60" };
    await using primary = await startWithPassword("old", { server: { directives } });
    const replicaof = { replicaof: ["127.0.0.1", String(primary.server.port)] };
    await using first = await startWithPassword("old", { server: { directives: replicaof } });
    await using second = await startWithPassword("old", { server: { directives: replicaof } });
    const instances = { primary, "first replica": first, "second replica": second };
    const replicas = [first.server, second.server];
    await Promise.all(replicas.map(linkIsUp));
    const knocking = Object.values(instances).map(({ server }) => knockWithoutPassword(server.port));

    for (const name of order) {
      await instances[name].write("new");
      await takes(instances[name].server.port, "new");
      // An established link doesn't notice; one that breaks in between has to log in.
      for (const replica of replicas)
        expect(await replica.client.info("replication")).toContain("link_status:up");
      await reconnect(primary.server, replicas);
    }
    for (const each of knocking) expect(await each.stop()).toEqual(new Set(["NOAUTH"]));
  });

  it("brings the link of an instance that starts on the new password up once the primary has rotated", async () => {
    await using primary = await startWithPassword("old");
    await using replica = await startRedisServer({
      directives: {
        requirepass: "new",
        masterauth: "new",
        replicaof: ["127.0.0.1", String(primary.server.port)],
      },
    });
    await waitFor(() => replica.process.output().includes("WRONGPASS"), { what: "the primary's refusal" });
    await primary.write("new");
    await linkIsUp(replica);
    expect(await pingAs(primary.server.port, "old")).toBe("PONG");
  });
});
