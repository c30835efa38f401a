import {
  createTemporaryDirectory,
  freePort,
  startBlackHole,
  startKubernetesApi,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, becomes, becomesReady, failureOf, plainText, post } from "./answer.ts";
import { backupRequest, writeCredentials } from "./backup-fixture.ts";
import { clusterName, inKubernetes, startAttached, startSupervised } from "./instance.ts";

const json = { accept: "application/json" };

function changesIn(log: readonly Readonly<Record<string, unknown>>[]) {
  return log.filter(({ msg }) => msg === "promoted" || msg === "demoted");
}

describe("promotions and demotions asked for at once", () => {
  it("are carried out one after the other: each answers for what it made, and begins where the last one ended", async () => {
    await using instance = await startAttached();
    await instance.redis.client.set("key", "value");
    const port = await freePort();
    const demote = `/v1/demote?primaryIP=127.0.0.1&port=${port}`;
    const paths = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? demote : "/v1/promote"));
    const answers = await Promise.all(
      paths.map((path) => ask(instance, path, { method: "POST", headers: json })),
    );
    const roles: unknown[] = answers.map(({ body }) => JSON.parse(body));
    expect(roles).toMatchObject(paths.map((path) => ({ role: path === demote ? "slave" : "master" })));

    const changes = changesIn(instance.log());
    expect(changes).toHaveLength(paths.length);
    expect(changes.slice(1).map(({ from }) => from)).toEqual(changes.slice(0, -1).map(({ to }) => to));
  });
});

describe("a change that waits behind one that hangs", () => {
  it("is refused in time and not made up for, whether its caller waits or leaves", async () => {
    await using instance = await startAttached();
    await using primary = await startRedisServer();
    await instance.redis.client.set("key", "value");
    instance.redis.process.kill("SIGSTOP");
    const demotion = post(instance, `/v1/demote?primaryIP=127.0.0.1&port=${primary.port}`);
    // Asked on another connection: in the order of their arrival only if the first has arrived.
    await becomes(instance, "/readyz", 503);

    const caller = new AbortController();
    const abandoned = fetch(`${instance.url}/v1/promote`, { method: "POST", signal: caller.signal });
    const [promotion, backup] = [
      post(instance, "/v1/promote"),
      post(instance, "/v1/backup", backupRequest({ endpoint: "http://127.0.0.1:1" })),
    ];
    await becomes(instance, "/readyz", 503);
    caller.abort();
    await expect(abandoned).rejects.toThrow("aborted");

    const waiting = {
      status: 409,
      code: "ROLE_CHANGE_IN_PROGRESS",
      message: expect.stringContaining("a demotion"),
    };
    expect(failureOf(await promotion)).toMatchObject(waiting);
    expect(failureOf(await backup)).toMatchObject(waiting);
    instance.redis.process.kill("SIGCONT");
    expect(await demotion).toEqual(plainText(200, "demoted"));
    expect(await ask(instance, "/v1/status")).toMatchObject({
      body: expect.stringContaining('"role":"slave"'),
    });
    expect(changesIn(instance.log())).toMatchObject([{ msg: "demoted" }]);
  });
});

describe("a backup that runs", () => {
  it("keeps nobody from changing the role", async () => {
    await using store = await startBlackHole();
    await using credentials = await createTemporaryDirectory("credentials");
    await writeCredentials(credentials.path, { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s" });
    await using instance = await startAttached({ env: { BACKUP_CREDENTIALS_DIR: credentials.path } });
    await instance.redis.client.set("key", "value");
    const accepted = await ask(instance, "/v1/backup", {
      method: "POST",
      headers: { prefer: "respond-async" },
      body: JSON.stringify(backupRequest({ endpoint: `http://127.0.0.1:${store.port}` })),
    });
    expect(accepted.status).toBe(202);
    await waitFor(() => store.accepted() > 0, { what: "the upload" });

    const demoted = await post(instance, `/v1/demote?primaryIP=127.0.0.1&port=${await freePort()}`);
    expect(demoted).toEqual(plainText(200, "demoted"));
    expect(await post(instance, "/v1/promote")).toEqual(plainText(200, "promoted"));
    expect((await ask(instance, "/v1/backups/nightly")).body).toContain('"phase":"running"');
    await ask(instance, "/v1/backups/nightly", { method: "DELETE" });
  });
});

describe("a fence among other changes", () => {
  it("lets none of them through afterwards, each with its own refusal", async () => {
    await using api = await startKubernetesApi();
    const self = `${clusterName}-0`;
    const status = { currentPrimary: self };
    api.setRedisClusters({ [clusterName]: { status } });
    await using instance = await startSupervised(inKubernetes(api));
    await becomesReady(instance);

    const annotations = { "redis.io/fencedInstances": JSON.stringify([self]) };
    api.setRedisClusters({ [clusterName]: { metadata: { annotations }, status } });
    // Before, amidst and after: none may leave Redis running, or find it half down.
    const promotions: Promise<unknown>[] = [];
    await waitFor(
      async () => {
        promotions.push(post(instance, "/v1/promote").then(({ status: code }) => code));
        return (await ask(instance, "/v1/status")).body.includes("INSTANCE_FENCED");
      },
      { what: "the fence" },
    );
    expect([200, 412]).toEqual(expect.arrayContaining([...new Set(await Promise.all(promotions))]));

    const demote = "/v1/demote?primaryIP=198.51.100.2";
    const backup = backupRequest({ endpoint: "http://127.0.0.1:1" });
    expect(failureOf(await post(instance, "/v1/promote"))).toMatchObject({
      status: 412,
      code: "PROMOTE_UNSAFE",
    });
    const fenced = { status: 409, code: "INSTANCE_FENCED" };
    expect(failureOf(await post(instance, "/v1/promote?force=true"))).toMatchObject(fenced);
    expect(failureOf(await post(instance, demote))).toMatchObject(fenced);
    expect(failureOf(await post(instance, `${demote}&force=true`))).toMatchObject(fenced);
    expect(failureOf(await post(instance, "/v1/backup", backup))).toMatchObject(fenced);
    expect(failureOf(await ask(instance, "/v1/status"))).toMatchObject({ ...fenced, status: 503 });
  });
});
