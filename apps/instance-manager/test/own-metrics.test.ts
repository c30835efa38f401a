import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createTemporaryDirectory,
  freePort,
  startKubernetesApi,
  startRedisServer,
  startSentinel,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, becomes, becomesReady, comesToAnswer, plainText, post } from "./answer.ts";
import { backupRequest, startBackupInstance } from "./backup-fixture.ts";
import { parseExposition, valueOf } from "./exposition.ts";
import { attachTo, clusterName, inKubernetes, startAttached, startSupervised } from "./instance.ts";

interface Scraped {
  readonly url: string;
}

type Labels = Readonly<Record<string, string>>;

async function read(manager: Scraped, name: string, labels: Labels = {}): Promise<number | undefined> {
  return valueOf(parseExposition((await ask(manager, "/metrics")).body), `instance_manager_${name}`, labels);
}

async function becomesValue(
  manager: Scraped,
  name: string,
  expected: number | undefined,
  labels: Labels = {},
) {
  await waitFor(async () => (await read(manager, name, labels)) === expected, {
    what: `${name} ${JSON.stringify(labels)} ${expected}`,
  });
}

/** How often a manager has seen a change to each role. */
async function roleChangesOf(manager: Scraped) {
  return {
    master: await read(manager, "role_changes_total", { to: "master" }),
    slave: await read(manager, "role_changes_total", { to: "slave" }),
  };
}

/** Waits until the background watch has read the role: changes count from then on. */
async function isWatched(manager: Scraped) {
  await waitFor(async () => (await ask(manager, "/healthz?verbose")).body.includes('"primary"'), {
    what: "the role to be read",
  });
}

describe("isolation", () => {
  const vigilant = {
    PRIMARY_ISOLATION_CHECK_INTERVAL: "100ms",
    PRIMARY_ISOLATION_PEER_TIMEOUT: "1s",
    SELF_FENCING_ENABLED: "true",
  } as const;

  it("is told of a primary that loses its only peer, and of its end", async () => {
    const port = String(await freePort());
    await using instance = await startAttached({ env: { ...vigilant, PEERS: `127.0.0.1:${port}` } });
    await becomesValue(instance, "primary_isolated", 1);
    await becomesValue(instance, "writes_held", 1);
    expect(await read(instance, "peers_reachable")).toBe(0);
    expect(await read(instance, "peers")).toBe(1);
    expect(await read(instance, "api_server_reachable")).toBeUndefined();
    expect(await read(instance, "isolation_checks_total", { outcome: "isolated" })).toBeGreaterThan(0);
    expect(await read(instance, "isolation_checks_total", { outcome: "reachable" })).toBe(0);

    await using _peer = await startAttached({ env: { HTTP_PORT: port } });
    await becomesValue(instance, "primary_isolated", 0);
    await becomesValue(instance, "writes_held", 0);
    expect(await read(instance, "peers_reachable")).toBe(1);
    expect(await read(instance, "isolation_checks_total", { outcome: "reachable" })).toBeGreaterThan(0);
    expect(await read(instance, "isolation_check_age_seconds")).toBeGreaterThanOrEqual(0);
  });

  it("is told by the API server's answer where no peer gives one", async () => {
    await using api = await startKubernetesApi();
    const env = { ...vigilant, ...inKubernetes(api), PEERS: `127.0.0.1:${await freePort()}` };
    await using instance = await startAttached({ env });
    await becomesValue(instance, "api_server_reachable", 1);
    expect(await read(instance, "primary_isolated")).toBe(0);
    api.setMode("closes");
    await becomesValue(instance, "api_server_reachable", 0);
    await becomesValue(instance, "primary_isolated", 1);
  });

  it("is neither told of a replica nor where it is not watched for", async () => {
    await using instance = await startAttached({ env: { ...vigilant, PRIMARY_ISOLATION_ENABLED: "false" } });
    await becomes(instance, "/healthz", 200);
    expect(await read(instance, "primary_isolated")).toBeUndefined();
    expect(await read(instance, "isolation_check_age_seconds")).toBeUndefined();
  });
});

describe("the life of a Redis", () => {
  it("counts a failover that a sentinel makes", async () => {
    await using stack = new AsyncDisposableStack();
    const former = stack.use(await startRedisServer());
    const { port } = former;
    const replica = stack.use(await startAttached());
    await isWatched(replica);
    await post(replica, `/v1/demote?primaryIP=127.0.0.1&port=${port}`);
    await waitFor(
      async () => (await replica.redis.client.info("replication")).includes("master_link_status:up"),
      {
        what: "the link",
      },
    );
    await becomesValue(replica, "role_changes_total", 1, { to: "slave" });
    expect(await roleChangesOf(replica)).toEqual({ master: 0, slave: 1 });
    const sentinel = stack.use(await startSentinel({ primary: { host: "127.0.0.1", port } }));
    // Where the replica is late once as well, it is tried again soon.
    const impatience = ["down-after-milliseconds", "500", "failover-timeout", "1000"];
    await sentinel.client.call("SENTINEL", "SET", "mymaster", ...impatience);
    await waitFor(
      async () =>
        String(await sentinel.client.call("SENTINEL", "REPLICAS", "mymaster")).includes(
          String(replica.redis.port),
        ),
      { what: "the sentinel to know the replica" },
    );
    await former.stop();
    await becomesValue(replica, "role_changes_total", 1, { to: "master" });
    expect(replica.log()).toContainEqual(
      expect.objectContaining({ level: "info", msg: "role changed", from: "replica", to: "primary" }),
    );
  });

  it("counts each time that the Redis of somebody else was started anew", async () => {
    const port = await freePort();
    const first = await startRedisServer({ port });
    await using manager = await attachTo({ port });
    await isWatched(manager);
    expect(await read(manager, "redis_restarts_total")).toBe(0);
    await first.stop();
    await using _second = await startRedisServer({ port });
    await becomesValue(manager, "redis_restarts_total", 1);
    expect(await roleChangesOf(manager)).toEqual({ master: 0, slave: 0 });
  });

  it("counts a fence that was lifted as a restart, and as no change of role", async () => {
    await using api = await startKubernetesApi();
    const pod = `${clusterName}-0`;
    const annotate = (fenced: string) =>
      api.setRedisClusters({
        [clusterName]: {
          metadata: { annotations: { "redis.io/fencedInstances": fenced } },
          status: { currentPrimary: pod },
        },
      });
    annotate("[]");
    await using instance = await startSupervised(inKubernetes(api));
    await becomesReady(instance);
    await isWatched(instance);
    const observedAt = await read(instance, "cluster_observed_timestamp_seconds");
    expect(observedAt).toBeGreaterThan(Date.now() / 1e3 - 60);
    expect(observedAt).toBeLessThanOrEqual(Date.now() / 1e3);
    annotate(`["${pod}"]`);
    const fenced = plainText(503, "redis not ready: fenced by redis.io/fencedInstances");
    await comesToAnswer(instance, "/readyz", fenced);
    annotate("[]");
    await becomesReady(instance);
    await becomesValue(instance, "redis_restarts_total", 1);
    expect(await roleChangesOf(instance)).toEqual({ master: 0, slave: 0 });
  });
});

describe("files and volumes", () => {
  it("counts rotations of what a supervised Redis is started with", async () => {
    await using folder = await createTemporaryDirectory("password");
    const passwordFile = join(folder.path, "password");
    await writeFile(passwordFile, "old");
    await using instance = await startSupervised({ REDIS_PASSWORD_FILE: passwordFile });
    await becomesReady(instance);
    expect(await read(instance, "rotations_total", { subject: "password", outcome: "applied" })).toBe(0);
    expect(await read(instance, "rotations_total", { subject: "tls", outcome: "applied" })).toBeUndefined();
    await writeFile(passwordFile, "");
    await becomesValue(instance, "rotations_total", 1, { subject: "password", outcome: "refused" });
    await writeFile(passwordFile, "new");
    await becomesValue(instance, "rotations_total", 1, { subject: "password", outcome: "applied" });
  });

  it("tells how full the volume of Redis' data is, and how large its snapshot, once there is one", async () => {
    await using instance = await startSupervised();
    await isWatched(instance);
    const size = await read(instance, "data_volume_size_bytes");
    expect(await read(instance, "data_volume_available_bytes")).toBeLessThanOrEqual(size ?? 0);
    expect(await read(instance, "rdb_file_size_bytes")).toBeUndefined();
    await instance.send("BGSAVE");
    await waitFor(async () => ((await read(instance, "rdb_file_size_bytes")) ?? 0) > 0, {
      what: "the snapshot",
    });
    await waitFor(() => instance.log().some(({ msg }) => msg === "snapshot saved"), { what: "its line" });
  });
});

describe("backups", () => {
  it("are counted with the bytes that were uploaded, and the time of the last that failed", async () => {
    await using instance = await startBackupInstance();
    expect(await read(instance, "backup_last_failure_timestamp_seconds")).toBeUndefined();
    await post(instance, "/v1/backup", backupRequest(instance.store, { s3: { bucket: "nosuch" } }));
    expect(await read(instance, "backups_total", { method: "rdb", outcome: "failed" })).toBe(1);
    const failedAt = await read(instance, "backup_last_failure_timestamp_seconds", { method: "rdb" });
    expect(failedAt).toBeGreaterThan(Date.now() / 1e3 - 60);
    await post(instance, "/v1/backup", backupRequest(instance.store));
    expect(await read(instance, "backup_uploaded_bytes_total", { method: "rdb" })).toBe(
      await read(instance, "backup_last_success_size_bytes", { method: "rdb" }),
    );
    expect(await read(instance, "backup_uploaded_bytes_total", { method: "aof" })).toBe(0);
  });
});
