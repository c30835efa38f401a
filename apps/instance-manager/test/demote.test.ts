import { networkInterfaces } from "node:os";
import { instanceStatusSchema } from "@redis-operator/client/contract";
import { freePort, startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, failureOf, plainText, post } from "./answer.ts";
import { type AttachedInstance, share, startAttached } from "./instance.ts";

const demoted = plainText(200, "demoted");

async function followed({ redis }: AttachedInstance): Promise<string | undefined> {
  const info = await redis.client.info("replication");
  const [host, port] = ["host", "port"].map(
    (field) => new RegExp(`^master_${field}:(.*)\\r`, "m").exec(info)?.[1],
  );
  return host === undefined ? undefined : `${host} ${port}`;
}

/** An instance, and a replica that it is told to follow. */
async function startBesideReplica() {
  const stack = new AsyncDisposableStack();
  const instance = stack.use(await startAttached());
  const primary = stack.use(await startRedisServer());
  const replica = stack.use(await startRedisServer());
  await replica.client.replicaof("127.0.0.1", primary.port);
  const path = `/v1/demote?primaryIP=127.0.0.1&port=${replica.port}`;
  return { ...instance, primary, path, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe("POST /v1/demote", () => {
  it("makes the instance follow the primary, whose data it takes over", async () => {
    await using primary = await startRedisServer();
    await using instance = await startAttached();
    await primary.client.set("key", "value");
    expect(await post(instance, `/v1/demote?primaryIP=127.0.0.1&port=${primary.port}`)).toEqual(demoted);
    expect(await followed(instance)).toBe(`127.0.0.1 ${primary.port}`);
    await waitFor(async () => (await instance.redis.client.get("key")) === "value", {
      what: "the first sync",
    });
  });

  it("keeps the link of a replica that is told to follow its primary again", async () => {
    await using primary = await startRedisServer();
    await using instance = await startAttached();
    const path = `/v1/demote?primaryIP=127.0.0.1&port=${primary.port}`;
    await post(instance, path);
    const isUp = async () =>
      (await instance.redis.client.info("replication")).includes("master_link_status:up");
    await waitFor(isUp, { what: "the link to be up" });
    expect(await post(instance, path)).toEqual(demoted);
    expect(await isUp()).toBe(true);
    expect(await primary.client.info("stats")).toMatch(/^sync_full:1\r$/m);
  });

  it("answers 200 though nobody is at the address: the link comes up on its own", async () => {
    await using instance = await startAttached();
    const port = await freePort();
    expect(await post(instance, `/v1/demote?primaryIP=127.0.0.1&port=${port}`)).toEqual(demoted);
    await using primary = await startRedisServer({ port });
    await waitFor(async () => (await primary.client.info("replication")).includes("connected_slaves:1"), {
      what: "the replica to connect",
    });
  });

  it.each([
    ["an IPv6 address", "::1"],
    ["an IPv6 address in another notation", "0:0:0:0:0:0:0:1"],
    ["an IPv4 address in an IPv6 one", "::ffff:127.0.0.1"],
  ])("takes %s", async (_, address) => {
    await using instance = await startAttached();
    const query = new URLSearchParams({ primaryIP: address, port: "7000" });
    expect(await post(instance, `/v1/demote?${query.toString()}`)).toEqual(demoted);
    expect(await followed(instance)).toBe(`${address} 7000`);
  });

  it("takes 6379 where no port is given, and ignores what it doesn't know", async () => {
    await using instance = await startAttached();
    expect(await post(instance, "/v1/demote?primaryIP=127.0.0.1&junk=1")).toEqual(demoted);
    expect(await followed(instance)).toBe("127.0.0.1 6379");
  });

  it("goes back to following after a promotion, and to another primary", async () => {
    await using instance = await startAttached();
    await instance.redis.client.set("key", "value");
    for (const port of [7001, 7002]) {
      expect(await post(instance, `/v1/demote?primaryIP=127.0.0.1&port=${port}`)).toEqual(demoted);
      expect(await followed(instance)).toBe(`127.0.0.1 ${port}`);
    }
    expect(await post(instance, "/v1/promote")).toEqual(plainText(200, "promoted"));
    expect(await followed(instance)).toBeUndefined();
  });

  it("answers the status after the change where JSON is asked for, text otherwise", async () => {
    await using instance = await startAttached();
    const path = "/v1/demote?primaryIP=127.0.0.1&port=7000";
    const { status, type, body } = await ask(instance, path, {
      method: "POST",
      headers: { accept: "application/json" },
    });
    expect([status, type]).toEqual([200, "application/json"]);
    expect(instanceStatusSchema.parse(JSON.parse(body))).toMatchObject({
      role: "slave",
      masterLinkStatus: "down",
      primary: { host: "127.0.0.1", port: 7000 },
    });
    expect(await ask(instance, path, { method: "POST", headers: { accept: "*/*" } })).toEqual(demoted);
  });
});

describe("POST /v1/demote to an instance that is no primary", () => {
  it("answers 412 with whom that one follows, and changes nothing", async () => {
    await using instance = await startBesideReplica();
    const failure = failureOf(await post(instance, instance.path));
    expect(failure).toMatchObject({ status: 412, code: "DEMOTE_TARGET_NOT_PRIMARY" });
    expect(failure.message).toContain(`127.0.0.1:${instance.primary.port}`);
    expect(await followed(instance)).toBeUndefined();
  });

  it("answers 200 with force=true, and no other value", async () => {
    await using instance = await startBesideReplica();
    expect(failureOf(await post(instance, `${instance.path}&force=1`))).toMatchObject({ status: 400 });
    expect(await post(instance, `${instance.path}&force=true`)).toEqual(demoted);
  });

  it("takes one for a primary that wants another password, and says so in the log", async () => {
    await using instance = await startAttached();
    await using locked = await startRedisServer({ directives: { requirepass: "secret" } });
    expect(await post(instance, `/v1/demote?primaryIP=127.0.0.1&port=${locked.port}`)).toEqual(demoted);
    expect(instance.log()).toContainEqual(
      expect.objectContaining({ level: "warn", target: `127.0.0.1:${locked.port}` }),
    );
  });
});

it("logs who demotes, from what to what, and the offsets", async () => {
  await using instance = await startAttached();
  const headers = { "x-request-id": "failover-7" };
  await ask(instance, "/v1/demote?primaryIP=127.0.0.1&port=7000", { method: "POST", headers });
  expect(instance.log()).toContainEqual(
    expect.objectContaining({
      msg: "demoted",
      remoteAddress: "127.0.0.1",
      requestId: "failover-7",
      from: "primary",
      to: "replica",
      primary: "127.0.0.1:7000",
      offsetBytesBefore: 0,
      offsetBytes: 0,
    }),
  );
});

describe("POST /v1/demote without an address to follow", () => {
  const instance = share(() => startAttached());

  it.each([
    "",
    "?port=6379",
    "?primaryIP=",
    "?primaryIP=localhost",
    "?primaryIP=redis-0.redis.default.svc",
    "?primaryIP=10.0.0",
    "?primaryIP=10.0.0.256",
    "?primaryIP=010.0.0.7",
    "?primaryIP=0x0a000007",
    "?primaryIP=167772167",
    "?primaryIP=10.0.0.7:6379",
    "?primaryIP=10.0.0.7/24",
    "?primaryIP=%2010.0.0.7",
    "?primaryIP=10.0.0.7%0d%0aFLUSHALL",
    "?primaryIP=[::1]",
    "?primaryIP=fe80::1%25eth0",
    "?primaryIP=::g",
    "?primaryIP=0.0.0.0",
    "?primaryIP=::",
    "?primaryIP=0:0:0:0:0:0:0:0",
    "?primaryIP=::ffff:0.0.0.0",
    "?primaryIP=%zz",
    "?primaryip=10.0.0.7",
    "?primaryIP=NO&port=ONE",
  ])("answers 400 to %j", async (query) => {
    const failure = failureOf(await post(instance(), `/v1/demote${query}`));
    expect(failure).toMatchObject({ status: 400, code: "INVALID_REQUEST" });
    expect(failure.message).toContain("primaryIP");
  });

  it.each([
    "0",
    "65536",
    "-1",
    "abc",
    "",
    "6379.5",
    "6.379e3",
    "0x18eb",
    "%206379",
    "6379%20",
    "%2B6379",
    "99999999999999999999",
  ])("answers 400 to port %j", async (port) => {
    const failure = failureOf(await post(instance(), `/v1/demote?primaryIP=10.0.0.7&port=${port}`));
    expect(failure).toMatchObject({ status: 400, code: "INVALID_REQUEST" });
    expect(failure.message).toContain("port");
  });

  it("has left the instance a primary", async () => {
    expect(await followed(instance())).toBeUndefined();
  });
});

describe("POST /v1/demote to the instance itself", () => {
  // A documentation address (RFC 5737), which no interface of this machine bears.
  const podIp = "198.51.100.7";
  const instance = share(() => startAttached({ env: { POD_IP: podIp } }));
  const ofInterfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);

  it.each([
    "127.0.0.1",
    "127.1.2.3",
    "::1",
    "0:0:0:0:0:0:0:1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    podIp,
    `::ffff:${podIp}`,
    "::FFFF:C633:6407",
    ...ofInterfaces.map(({ address }) => address),
  ])("answers 400 to %s, and changes nothing", async (address) => {
    const query = new URLSearchParams({ primaryIP: address, port: String(instance().redis.port) });
    const failure = failureOf(await post(instance(), `/v1/demote?${query.toString()}`));
    expect(failure).toMatchObject({ status: 400, code: "DEMOTE_TARGET_IS_SELF" });
    expect(await followed(instance())).toBeUndefined();
  });
});

describe("POST /v1/demote that fails", () => {
  it("answers 500 when Redis refuses it", async () => {
    await using instance = await startAttached({ directives: { "rename-command": ["REPLICAOF", ""] } });
    expect(failureOf(await post(instance, "/v1/demote?primaryIP=10.0.0.7"))).toMatchObject({
      status: 500,
      code: "DEMOTE_FAILED",
    });
  });

  it("answers 500 when Redis is down", async () => {
    await using instance = await startAttached();
    await instance.redis.stop();
    const failure = failureOf(await post(instance, "/v1/demote?primaryIP=10.0.0.7&port=7000"));
    expect(failure).toMatchObject({ status: 500, code: "DEMOTE_FAILED" });
    expect(failure.message).toContain("10.0.0.7:7000");
  });
});
