// Records what a built manager of this version answers, byte for byte, for the SDKs of versions to come:
// packages/client/test/fixtures/replies-<major>.<minor>/. Run before a release: npm run record:replies
import { mkdir, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import client from "@redis-operator/client/package.json" with { type: "json" };
import {
  createTemporaryDirectory,
  startManager,
  startObjectStore,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";

const release = client.version.split(".", 2).join(".");
const folder = fileURLToPath(
  new URL(`../packages/client/test/fixtures/replies-${release}/`, import.meta.url),
);
const bucket = "my-bucket";

await using store = await startObjectStore({ buckets: [bucket] });
await using credentials = await createTemporaryDirectory("credentials");
await using dataDir = await createTemporaryDirectory("data");
await using primary = await startRedisServer();
await using redis = await startRedisServer();
for (const [name, text] of Object.entries(store.credentials))
  await writeFile(join(credentials.path, name), text);
await primary.client.set("key", "value");
await using manager = await startManager({
  app: "instance-manager",
  env: {
    REDIS_SUPERVISE: "false",
    REDIS_PORT: String(redis.port),
    DATA_DIR: dataDir.path,
    BACKUP_CREDENTIALS_DIR: credentials.path,
    CLUSTER_NAME: "cache",
    POD_NAMESPACE: "default",
    POD_NAME: "cache-0",
  },
});

const destination = { s3: { bucket, path: "backups", endpoint: store.endpoint } };
const json = ["Accept: application/json"];
const backup = { backupName: "nightly", destination };
const follow = `/v1/demote?primaryIP=127.0.0.1&port=${primary.port}`;

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
await record("healthz", "GET /healthz");
await record("healthz-verbose", "GET /healthz?verbose=");
await record("readyz", "GET /readyz");
await record("failsafe", "GET /failsafe");
await record("status-primary", "GET /v1/status");
await record("demote", `POST ${follow}`, { headers: json });
await record("demote-text", `POST ${follow}`);
await waitFor(async () => (await ask("GET /v1/status")).includes('"masterLinkStatus":"up"'), {
  what: "the link",
});
await record("status-replica", "GET /v1/status");
await record("promote-unmet", `POST /v1/promote?minOffset=${Number.MAX_SAFE_INTEGER}`, { headers: json });
await record("promote", "POST /v1/promote", { headers: json });
await record("promote-text", "POST /v1/promote");
await record("backup-accepted", "POST /v1/backup", { headers: ["Prefer: respond-async"], body: backup });
await waitFor(async () => (await ask("GET /v1/backups/nightly")).includes('"phase":"succeeded"'), {
  what: "the backup",
});
await record("backup-job", "GET /v1/backups/nightly");
await record("backup", "POST /v1/backup", { body: backup });
await record("backups", "GET /v1/backups");
await record("backup-unknown", "GET /v1/backups/none");
await record("cancel", "DELETE /v1/backups/nightly");
await record("prune", "POST /v1/backups/prune", { body: { destination, keepLast: 1 } });
await record("metrics", "GET /metrics");
await redis.stop();
await waitFor(async () => (await ask("GET /healthz")).startsWith("HTTP/1.1 503"), {
  what: "Redis to be missed",
});
await record("healthz-dead", "GET /healthz");
await record("readyz-unready", "GET /readyz");
await record("status-unreachable", "GET /v1/status");

interface Sent {
  readonly headers?: readonly string[];
  readonly body?: unknown;
}

async function record(name: string, request: string, sent: Sent = {}): Promise<void> {
  const reply = await ask(request, sent);
  // What the moment and this connection put into it says nothing of the version.
  const lasting = reply.replaceAll(/^(?:date|connection|keep-alive): .*\r\n/gim, "");
  await writeFile(join(folder, `${name}.http`), lasting);
}

/** Sends one request to the manager and reads its whole reply, head and body. */
function ask(request: string, { headers = [], body }: Sent = {}): Promise<string> {
  const content = body === undefined ? "" : JSON.stringify(body);
  const head = [`${request} HTTP/1.1`, "Host: pod", `Content-Length: ${content.length}`, "Connection: close"];
  return new Promise((resolve, reject) => {
    let reply = "";
    const socket = connect(manager.port, "127.0.0.1").setEncoding("utf8");
    socket.on("data", (chunk: string) => (reply += chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(reply));
    socket.write(`${[...head, ...headers].join("\r\n")}\r\n\r\n${content}`);
  });
}
