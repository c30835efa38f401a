import {
  freePort,
  type RedisServer,
  type Sentinel,
  startRedisServer,
  startSentinel,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createRedisConnection } from "../src/redis/connection.ts";
import { askBootRole } from "../src/sentinels/ask-boot-role.ts";
import { createResolveHost } from "../src/sentinels/resolve-host.ts";

const primaryName = "cache";
const connect = (address: { readonly host: string; readonly port: number }) =>
  createRedisConnection({ ...address, connectTimeoutMs: 1_000, commandTimeoutMs: 1_000 });

/** Asks on behalf of the instance on a port of loopback. */
function ask(sentinels: readonly { readonly port: number }[], redisPort: number) {
  return askBootRole({
    sentinels: sentinels.map(({ port }) => ({ host: "localhost", port })),
    primaryName,
    resolveHost: createResolveHost({ timeoutMs: 5_000 }),
    connectToSentinel: connect,
    connect,
    own: { podName: "cache-0", announceHost: undefined, ipAddresses: ["127.0.0.1"] },
    redisPort,
  });
}

/** Sentinels that monitor a Redis, and notice within milliseconds that it is gone. */
async function startSentinels(stack: AsyncDisposableStack, { port }: { readonly port: number }, count = 3) {
  const primary = { host: "127.0.0.1", port };
  const sentinels: Sentinel[] = [];
  for (let started = 0; started < count; started += 1) {
    const sentinel = stack.use(
      await startSentinel({ primary, name: primaryName, quorum: count > 1 ? 2 : 1 }),
    );
    await sentinel.client.call("SENTINEL", "SET", primaryName, "down-after-milliseconds", "300");
    sentinels.push(sentinel);
  }
  return sentinels;
}

async function flagsOf({ client }: Sentinel): Promise<string> {
  const fields: unknown = await client.call("SENTINEL", "MASTER", primaryName);
  return Array.isArray(fields) ? String(fields[fields.indexOf("flags") + 1]) : "";
}

async function startReplica(stack: AsyncDisposableStack, primary: RedisServer): Promise<RedisServer> {
  const directives = { replicaof: [primary.host, String(primary.port)] };
  const replica = stack.use(await startRedisServer({ directives }));
  await waitFor(async () => (await replica.client.info("replication")).includes("master_link_status:up"), {
    what: "the link",
  });
  return replica;
}

/** Waits until a sentinel knows the primary's only replica, and reaches it. */
async function knowsReplica({ client }: Sentinel): Promise<void> {
  await waitFor(
    async () => {
      const replicas: unknown = await client.call("SENTINEL", "REPLICAS", primaryName);
      const [fields] = Array.isArray(replicas) ? replicas : [];
      return Array.isArray(fields) && fields[fields.indexOf("flags") + 1] === "slave";
    },
    { what: "the replica to be known", timeoutMs: 30_000 },
  );
}

describe("askBootRole", () => {
  it("makes a primary of the one that the sentinels begin with, also when they have missed it before it is started", async () => {
    await using stack = new AsyncDisposableStack();
    const port = await freePort();
    const sentinels = await startSentinels(stack, { port });
    await waitFor(
      async () => (await Promise.all(sentinels.map(flagsOf))).every((flags) => flags.includes("s_down")),
      {
        what: "the primary to be missed",
      },
    );
    expect(await ask(sentinels, port)).toMatchObject({ boot: { role: "primary" } });
  });

  it("has another follow that one as soon as it answers as a primary", async () => {
    await using stack = new AsyncDisposableStack();
    const primary = stack.use(await startRedisServer({ directives: { replicaof: ["127.0.0.1", "1"] } }));
    const sentinels = await startSentinels(stack, primary);
    const [port, absent] = [await freePort(), await freePort()];
    const waiting = { boot: { role: "undesignated" }, notReady: expect.stringContaining("as a primary") };
    expect(await ask(sentinels, port)).toMatchObject(waiting);
    await primary.client.replicaof("NO", "ONE");
    expect(await ask(sentinels, port)).toMatchObject({
      boot: { role: "replica", primary: { host: "127.0.0.1", port: primary.port } },
      isSettled: true,
    });
    expect(await ask(await startSentinels(stack, { port: absent }), port)).toMatchObject(waiting);
  });

  it("waits while it reaches no majority of the sentinels, and says why it doesn't reach one", async () => {
    await using stack = new AsyncDisposableStack();
    const [port, away] = [await freePort(), { port: await freePort() }];
    const [sentinel] = await startSentinels(stack, { port }, 1);
    const { notReady } = await ask([...(sentinel === undefined ? [] : [sentinel]), away, { port: 1 }], port);
    expect(notReady).toMatch(/1 of 3 answer: .*ECONNREFUSED/);
  });

  it("waits while the sentinels monitor nothing of that name", async () => {
    await using sentinel = await startSentinel();
    expect((await ask([sentinel], 1)).notReady).toMatch(/0 of 1 answer: .*No such master with that name/);
  });

  it("waits for a former primary's successor, and follows it", async () => {
    await using stack = new AsyncDisposableStack();
    const former = stack.use(await startRedisServer());
    const replica = await startReplica(stack, former);
    const sentinels = await startSentinels(stack, former, 1);
    for (const sentinel of sentinels) await knowsReplica(sentinel);
    expect(await ask(sentinels, former.port)).toMatchObject({ boot: { role: "primary" } });
    former.process.kill("SIGSTOP");
    const isMissed = async () => !/^master$/.test((await Promise.all(sentinels.map(flagsOf))).join());
    await waitFor(isMissed, { what: "the primary to be missed" });
    const roles = new Set<string>();
    await waitFor(
      async () => {
        const { boot } = await ask(sentinels, former.port);
        roles.add(boot.role);
        return boot.role === "replica" && boot.primary.port === replica.port;
      },
      { what: "the successor", timeoutMs: 60_000 },
    );
    expect(roles).not.toContain("primary");
  });

  it("waits while a replica that the sentinels know is a primary too", async () => {
    await using stack = new AsyncDisposableStack();
    const primary = stack.use(await startRedisServer());
    const replica = await startReplica(stack, primary);
    const sentinels = await startSentinels(stack, primary, 1);
    for (const sentinel of sentinels) await knowsReplica(sentinel);
    await replica.client.replicaof("NO", "ONE");
    const { notReady } = await ask(sentinels, primary.port);
    expect(notReady).toContain(
      `the sentinels name this instance, while 127.0.0.1:${replica.port} answers as a primary`,
    );
  });
});

describe("createResolveHost", () => {
  const resolveHost = createResolveHost({ timeoutMs: 5_000 });

  it.each([
    ["10.0.0.7", ["10.0.0.7"]],
    ["fd00::7", ["fd00::7"]],
    ["nothing.invalid", []],
  ])("resolves %s", async (host, expected) => {
    expect(await resolveHost(host)).toEqual(expected);
  });

  it("resolves a name to the addresses of one family", async () => {
    const addresses = await resolveHost("localhost");
    expect(addresses).not.toEqual([]);
    expect(new Set(addresses.map((address) => address.includes(":"))).size).toBe(1);
  });
});
