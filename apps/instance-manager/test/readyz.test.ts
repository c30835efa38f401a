import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { freePort, startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, becomes, becomesReady, comesToAnswer, plainText, post } from "./answer.ts";
import { attachTo, share, startAttached } from "./instance.ts";

const ok = plainText(200, "ok");

describe("GET /readyz", () => {
  const instance = share(() => startAttached());

  it("answers 200 ok when Redis answers PING, HEAD without the body", async () => {
    await comesToAnswer(instance(), "/readyz", ok);
    expect(await ask(instance(), "/readyz", { method: "HEAD" })).toEqual({ ...ok, body: "" });
  });

  it("stays one line of plain text, whatever the caller asks for", async () => {
    const headers = { accept: "application/json" };
    expect(await ask(instance(), "/readyz?verbose", { headers })).toEqual(ok);
  });
});

describe("GET /readyz of a Redis that was killed", () => {
  it("answers 503, HEAD without the body", async () => {
    await using instance = await startAttached();
    instance.redis.process.kill("SIGKILL");
    const unreachable = plainText(503, "redis not ready: unreachable");
    await comesToAnswer(instance, "/readyz", unreachable);
    expect(await ask(instance, "/readyz", { method: "HEAD" })).toEqual({ ...unreachable, body: "" });
  });
});

describe("GET /readyz of a Redis that can't save", () => {
  it("answers 503 in Redis' own words", async () => {
    await using instance = await startAttached({ directives: { save: ["3600", "1"] } });
    const { client, dir } = instance.redis;
    await mkdir(join(dir, "dump.rdb"));
    await client.set("key", "value");
    await client.bgsave();
    await becomes(instance, "/readyz", 503);
    expect((await ask(instance, "/readyz")).body).toMatch(/^redis not ready: MISCONF [^\n]+$/);
    expect(await ask(instance, "/healthz")).toEqual(ok);
    // Redis doesn't end on SIGTERM while it can't save.
    await client.config("SET", "save", "");
  });
});

describe("GET /readyz of a replica that has lost its primary", () => {
  it("answers 200, so that the service of the replicas isn't emptied", async () => {
    await using replica = await startAttached();
    await post(replica, `/v1/demote?primaryIP=127.0.0.1&port=${await freePort()}`);
    expect(await becomes(replica, "/readyz", 200)).toEqual(ok);
  });

  it("answers 503 by READINESS_REPLICA_MAX_SILENCE, until its link is up or it is a primary", async () => {
    const env = { READINESS_REPLICA_MAX_SILENCE: "1h" };
    await using replica = await startAttached({ env });
    await becomesReady(replica);
    {
      await using primary = await startRedisServer();
      await post(replica, `/v1/demote?primaryIP=127.0.0.1&port=${primary.port}`);
      await becomes(replica, "/readyz", 200);
    }
    await becomes(replica, "/readyz", 503);
    const { body } = await ask(replica, "/readyz");
    expect(body).toMatch(/^redis not ready: (link to the primary down|sync in progress)$/);
    await post(replica, "/v1/promote");
    await becomesReady(replica);
  });

  it("answers 503 by READINESS_REPLICA_MAX_SILENCE while the primary says nothing on a link that is up", async () => {
    await using primary = await startRedisServer({ directives: { "repl-ping-replica-period": "1" } });
    await using manager = await startAttached({ env: { READINESS_REPLICA_MAX_SILENCE: "1500ms" } });
    await post(manager, `/v1/demote?primaryIP=127.0.0.1&port=${primary.port}`);
    await becomes(manager, "/readyz", 200);
    primary.process.kill("SIGSTOP");
    await waitFor(async () => /primary silent for \d+ s$/.test((await ask(manager, "/readyz")).body), {
      what: "the silence to be too long",
    });
    primary.process.kill("SIGCONT");
    await waitFor(async () => (await ask(manager, "/readyz")).status === 200, {
      what: "the primary to be heard",
    });
    expect((await ask(manager, "/v1/status")).body).toContain('"masterLinkStatus":"up"');
  });
});

it("answers 503 for as long as there is no Redis, and 200 from its first answer on", async () => {
  const port = await freePort();
  await using manager = await attachTo({ port });
  await comesToAnswer(manager, "/readyz", plainText(503, "redis not ready: unreachable"));
  await using _redis = await startRedisServer({ port });
  expect(await becomes(manager, "/readyz", 200)).toEqual(ok);
});
