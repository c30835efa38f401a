import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createServerCertificate, createTemporaryDirectory, waitFor } from "@redis-operator/testbed";
import { expect, it } from "vitest";
import { ask, becomesReady, comesToAnswer, plainText, post } from "./answer.ts";
import { sendTo, share, startSupervised } from "./instance.ts";

const tls = share(async () => {
  const folder = await createTemporaryDirectory("tls");
  await issueCertificate(folder.path);
  return folder;
});

async function issueCertificate(dir: string): Promise<void> {
  const { ca, cert, key } = await createServerCertificate();
  await writeFile(join(dir, "ca.crt"), ca);
  await writeFile(join(dir, "tls.crt"), cert);
  await writeFile(join(dir, "tls.key"), key);
}

it("serves TLS alone on Redis' port, and every endpoint works over it", async () => {
  await using instance = await startSupervised({ TLS_DIR: tls().path });
  await becomesReady(instance);
  const port = instance.redisPort;
  expect(await sendTo({ port, tlsDir: tls().path }, ["PING"])).toBe("PONG");
  await expect(sendTo({ port }, ["PING"])).rejects.toMatchObject({ code: "REDIS_UNREACHABLE" });
  expect(await ask(instance, "/healthz")).toEqual(plainText(200, "ok"));
  expect(await ask(instance, "/v1/status")).toMatchObject({ status: 200 });
  expect((await ask(instance, "/metrics")).body).toMatch(/^redis_up\{.*\} 1$/m);
  expect(await post(instance, "/v1/promote")).toEqual(plainText(200, "promoted"));
});

it("replicates over TLS", async () => {
  await using primary = await startSupervised({ TLS_DIR: tls().path });
  await using replica = await startSupervised({ TLS_DIR: tls().path });
  await Promise.all([becomesReady(primary), becomesReady(replica)]);
  const tlsDir = tls().path;
  await sendTo({ port: primary.redisPort, tlsDir }, ["CONFIG", "SET", "repl-diskless-sync-delay", "0"]);
  await sendTo({ port: primary.redisPort, tlsDir }, ["SET", "key", "value"]);
  await post(replica, `/v1/demote?primaryIP=127.0.0.1&port=${primary.redisPort}`);
  await waitFor(async () => (await ask(replica, "/v1/status")).body.includes('"masterLinkStatus":"up"'), {
    what: "the link to be up",
  });
  expect(await sendTo({ port: replica.redisPort, tlsDir }, ["GET", "key"])).toBe("value");
});

it("is not ready with a CA that didn't sign what Redis presents", async () => {
  await using folder = await createTemporaryDirectory("tls");
  await issueCertificate(folder.path);
  await using instance = await startSupervised({ TLS_DIR: folder.path });
  await becomesReady(instance);
  await using attached = await startSupervised({
    REDIS_SUPERVISE: "false",
    REDIS_PORT: String(instance.redisPort),
    TLS_DIR: tls().path,
  });
  await comesToAnswer(attached, "/readyz", plainText(503, "redis not ready: unreachable"));
  expect((await ask(attached, "/v1/status")).status).toBe(503);
});
