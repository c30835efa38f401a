import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createServerCertificate,
  createTemporaryDirectory,
  startKubernetesApi,
  startManager,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";
import { beforeAll, describe, expect, it } from "vitest";
import { becomes } from "./answer.ts";
import {
  becomesSaving,
  bucket,
  hasEnded,
  respondAsync,
  startJobInstance,
  startSlowlySaving,
} from "./backups-fixture.ts";
import { startFakeRedis } from "./fake-redis.ts";
import { attachTo, clusterName, inKubernetes, share, startAttached, startSupervised } from "./instance.ts";
import { createOpenapiCaller, type OpenapiCaller } from "./openapi-caller.ts";

const everyRead = [
  "/healthz",
  "/readyz",
  "/failsafe",
  "/v1/status",
  "/v1/backups",
  "/metrics",
  "/openapi.json",
];
const probes = ["/healthz", "/readyz", "/failsafe"];
const writes = [
  "POST /v1/promote",
  "POST /v1/demote",
  "POST /v1/backup",
  "POST /v1/backups/prune",
  "DELETE /v1/backups/none",
];

const instance = share(() => startJobInstance());
let caller: OpenapiCaller;
const send: OpenapiCaller["send"] = (...request) => caller.send(...request);

beforeAll(async () => {
  caller = await createOpenapiCaller(instance());
});

describe("GET /openapi.json", () => {
  it("serves the document of the published contract", async () => {
    const published = await readFile(
      new URL("../../../packages/client/openapi.json", import.meta.url),
      "utf8",
    );
    expect((await send(instance(), "GET /openapi.json")).text).toBe(published);
  });

  it("answers 304 without a body to whoever has it already", async () => {
    const { headers } = await fetch(`${instance().url}/openapi.json`);
    const known = { "if-none-match": headers.get("etag") ?? "" };
    expect(await send(instance(), "GET /openapi.json", { headers: known })).toEqual({
      status: 304,
      text: "",
    });
    expect(await send(instance(), "HEAD /openapi.json", { headers: known })).toEqual({
      status: 304,
      text: "",
    });
    const other = { "if-none-match": '"another"' };
    expect(await send(instance(), "GET /openapi.json", { headers: other })).toMatchObject({ status: 200 });
  });
});

describe("every reply is as the document has it", () => {
  it.each(everyRead)("to GET and HEAD %s", async (path) => {
    expect(await send(instance(), `GET ${path}`)).toMatchObject({ status: 200 });
    expect(await send(instance(), `HEAD ${path}`)).toEqual({ status: 200, text: "" });
  });

  it("to a probe that is asked for its checks", async () => {
    expect((await send(instance(), "GET /healthz?verbose")).text).toMatch(/^\{/);
  });

  it("to a method that a path doesn't have", async () => {
    for (const path of [...everyRead, "/v1/promote", "/v1/demote", "/v1/backup", "/v1/backups/none"]) {
      expect(await send(instance(), `PUT ${path}`)).toMatchObject({ status: 405 });
    }
    // A backup may be called prune: its path has methods of both.
    expect(await send(instance(), "PUT /v1/backups/prune")).toMatchObject({ status: 405 });
    expect(await send(instance(), "POST /v1/backups/none")).toMatchObject({ status: 405 });
  });

  it("to a body that is too large", async () => {
    const body = "x".repeat(65 * 1024);
    for (const line of writes) expect(await send(instance(), line, { body })).toMatchObject({ status: 413 });
  });

  it.each([
    ["POST /v1/promote?minOffset=x"],
    ["POST /v1/demote"],
    ["POST /v1/backup", { backupName: "Nightly" }],
    ["POST /v1/backups/prune", {}],
    ["GET /v1/backups/Nightly"],
    ["DELETE /v1/backups/Nightly"],
  ])("to a request that breaks the contract: %s", async (line, body?: unknown) => {
    expect(await send(instance(), line, { body })).toMatchObject({ status: 400 });
  });

  it.each(["GET /v1/backups/none", "DELETE /v1/backups/none"])(
    "to a backup that isn't known: %s",
    async (line) => {
      expect(await send(instance(), line)).toMatchObject({ status: 404 });
    },
  );

  it("to a promotion, a demotion and what they refuse", async () => {
    await using primary = await startRedisServer();
    const { redis } = instance();
    const follow = `POST /v1/demote?primaryIP=127.0.0.1&port=${primary.port}`;
    const json = { headers: { accept: "application/json", "x-request-id": "reconcile-1" } };
    expect(await send(instance(), follow)).toEqual({ status: 200, text: "demoted" });
    expect(await send(instance(), follow, json)).toMatchObject({ status: 200 });
    expect((await send(instance(), "GET /v1/status")).text).toContain('"role":"slave"');
    const self = `POST /v1/demote?primaryIP=127.0.0.1&port=${redis.port}`;
    expect(await send(instance(), self)).toMatchObject({ status: 400 });
    const tooFar = `POST /v1/promote?minOffset=${Number.MAX_SAFE_INTEGER}`;
    expect(await send(instance(), tooFar)).toMatchObject({ status: 412 });

    await waitFor(
      async () => (await send(instance(), "GET /v1/status")).text.includes('"masterLinkStatus":"up"'),
      {
        what: "the link to be up",
      },
    );
    expect(await send(instance(), "POST /v1/promote")).toEqual({ status: 200, text: "promoted" });
    expect(await send(instance(), "POST /v1/promote", json)).toMatchObject({ status: 200 });
    await using replica = await startRedisServer();
    await replica.client.replicaof("127.0.0.1", primary.port);
    const followReplica = `POST /v1/demote?primaryIP=127.0.0.1&port=${replica.port}`;
    expect(await send(instance(), followReplica)).toMatchObject({ status: 412 });
    expect((await send(instance(), "GET /v1/status")).text).toContain('"role":"master"');
  });

  it("to backups and their jobs", async () => {
    await using slow = await startSlowlySaving({
      env: { BACKUP_ALLOWED_DESTINATIONS: `*/${bucket}, */missing` },
    });
    const backupOf = (backupName: string, s3 = {}) => ({ body: slow.request({ backupName }, s3) });
    const prune = (s3 = {}) => ({ body: slow.request({ backupName: undefined, keepLast: 1 }, s3) });

    const begun = await send(slow, "POST /v1/backup", { ...backupOf("nightly"), headers: respondAsync });
    expect(begun.status).toBe(202);
    await becomesSaving(slow);
    expect(await send(slow, "GET /v1/backups/nightly")).toMatchObject({ status: 200 });
    expect(await send(slow, "POST /v1/backup", backupOf("another"))).toMatchObject({ status: 409 });
    expect(await send(slow, "POST /v1/backups/prune", prune())).toMatchObject({ status: 409 });
    expect(await send(slow, "DELETE /v1/backups/nightly")).toMatchObject({ status: 202 });
    await hasEnded(slow, "nightly");
    await slow.redis.client.config("SET", "rdb-key-save-delay", "0");
    expect(await send(slow, "DELETE /v1/backups/nightly")).toMatchObject({ status: 200 });

    expect(await send(slow, "POST /v1/backup", backupOf("stored"))).toMatchObject({ status: 200 });
    const missing = { bucket: "missing" };
    expect(await send(slow, "POST /v1/backup", backupOf("failed", missing))).toMatchObject({ status: 500 });
    expect(await send(slow, "POST /v1/backups/prune", prune(missing))).toMatchObject({ status: 500 });
    const elsewhere = { bucket: "elsewhere" };
    expect(await send(slow, "POST /v1/backup", backupOf("nightly", elsewhere))).toMatchObject({
      status: 403,
    });
    expect(await send(slow, "POST /v1/backups/prune", prune(elsewhere))).toMatchObject({ status: 403 });
    for (const name of ["stored", "failed", "nightly"]) {
      expect(await send(slow, `GET /v1/backups/${name}`)).toMatchObject({ status: 200 });
    }
    expect(await send(slow, "GET /v1/backups")).toMatchObject({ status: 200 });
    expect((await send(slow, "POST /v1/backups/prune", prune())).text).toContain('"backupName":"stored"');
  });

  it("without a Redis", async () => {
    await using alone = await startAttached();
    await alone.redis.stop();
    await becomes(alone, "/healthz", 503);
    for (const path of ["/healthz", "/healthz?verbose", "/readyz", "/v1/status"]) {
      expect(await send(alone, `GET ${path}`)).toMatchObject({ status: 503 });
    }
    for (const line of ["POST /v1/promote", "POST /v1/demote?primaryIP=127.0.0.1&port=7000"]) {
      expect(await send(alone, line)).toMatchObject({ status: 500 });
    }
    expect((await send(alone, "GET /metrics")).text).toMatch(/^redis_up(\{.*\})? 0$/m);
  });

  it("beside a Redis that says what none does", async () => {
    await using redis = await startFakeRedis();
    await using manager = await attachTo(redis);
    expect(await send(manager, "GET /v1/status")).toMatchObject({ status: 500 });
  });

  it("of a fenced instance", async () => {
    await using api = await startKubernetesApi();
    const self = `${clusterName}-0`;
    const annotations = { "redis.io/fencedInstances": JSON.stringify([self]) };
    api.setRedisClusters({ [clusterName]: { metadata: { annotations }, status: { currentPrimary: self } } });
    await using fenced = await startSupervised(inKubernetes(api));
    await waitFor(async () => (await send(fenced, "GET /v1/status")).text.includes("INSTANCE_FENCED"), {
      what: "the fence",
    });
    const backup = { body: { backupName: "nightly", destination: { s3: { bucket } } } };
    expect(await send(fenced, "POST /v1/promote")).toMatchObject({ status: 412 });
    expect(await send(fenced, "POST /v1/promote?force=true")).toMatchObject({ status: 409 });
    expect(await send(fenced, "POST /v1/demote?primaryIP=127.0.0.1&port=7000")).toMatchObject({
      status: 409,
    });
    expect(await send(fenced, "POST /v1/backup", backup)).toMatchObject({ status: 409 });
  });

  it("to callers without a token", async () => {
    await using folder = await createTemporaryDirectory("token");
    const tokenFile = join(folder.path, "token");
    await writeFile(tokenFile, "secret\n");
    await using guarded = await startAttached({
      env: { API_TOKEN_FILE: tokenFile, API_TOKEN_REQUIRED_FOR: "all" },
    });
    const guardedReads = everyRead.filter((path) => !probes.includes(path)).map((path) => `GET ${path}`);
    for (const line of [...guardedReads, "GET /v1/backups/none", ...writes]) {
      expect([line, (await send(guarded, line)).status]).toEqual([line, 401]);
    }
    for (const path of probes) expect(await send(guarded, `GET ${path}`)).toMatchObject({ status: 200 });
    const headers = { authorization: "Bearer secret" };
    expect(await send(guarded, "GET /openapi.json", { headers })).toMatchObject({ status: 200 });
  });

  it("to callers without a certificate", async () => {
    await using folder = await createTemporaryDirectory("api-tls");
    const { ca, cert, key } = await createServerCertificate();
    const files = { "ca.crt": ca, "tls.crt": cert, "tls.key": key };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
    const env = { API_TLS_DIR: folder.path, API_TLS_CLIENT_AUTH: "required" };
    await using guarded = await startAttached({ env });
    for (const path of probes) expect(await caller.sendTls(guarded, path, ca)).toBe(401);
  });

  it("of a sentinel manager, which has the two probes alone", async () => {
    await using folder = await createTemporaryDirectory("sentinel");
    const env = { REDIS_SUPERVISE: "false", DATA_DIR: folder.path };
    await using sentinel = await startManager({ app: "sentinel-manager", env });
    for (const path of ["/healthz", "/readyz"]) {
      expect([200, 503]).toContain((await send(sentinel, `GET ${path}`)).status);
      expect(await send(sentinel, `POST ${path}`)).toMatchObject({ status: 405 });
    }
    for (const path of everyRead.slice(2)) {
      const response = await fetch(`${sentinel.url}${path}`);
      expect([response.status, await response.json()]).toMatchObject([404, { error: { code: "NOT_FOUND" } }]);
    }
  });
});

describe("the document", () => {
  it("has nothing that no reply has shown, but for what only a defect of the manager brings about", () => {
    const unseen = caller.document.statuses.filter(
      ({ name, codes }) => !caller.exercised.has(name) && codes.join(",") !== "INTERNAL",
    );
    expect(unseen.map(({ name }) => name)).toEqual([]);
  });
});
