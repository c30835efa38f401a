import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory, startObjectStore, waitFor } from "@redis-operator/testbed";
import { expect, it } from "vitest";
import { ask, becomesReady, post } from "./answer.ts";
import { backupRequest, bucket, writeCredentials } from "./backup-fixture.ts";
import { sendTo, startSupervised } from "./instance.ts";

it("logs no password, key, token or command's argument, whatever fails", async () => {
  await using stack = new AsyncDisposableStack();
  const [folder, credentials] = await Promise.all([
    createTemporaryDirectory("secrets"),
    createTemporaryDirectory("credentials"),
  ]);
  stack.use(folder);
  stack.use(credentials);
  const store = stack.use(await startObjectStore({ buckets: [bucket] }));
  const passwordFile = join(folder.path, "password");
  const tokenFile = join(folder.path, "token");
  const configFile = join(folder.path, "redis.conf");
  await writeFile(passwordFile, "classified-password");
  await writeFile(tokenFile, "classified-token");
  await writeFile(configFile, "enable-debug-command yes\n");
  await writeCredentials(credentials.path, {
    AWS_ACCESS_KEY_ID: "classified-id",
    AWS_SECRET_ACCESS_KEY: "classified-key",
    AWS_SESSION_TOKEN: "classified-session",
  });
  const instance = stack.use(
    await startSupervised({
      LOG_LEVEL: "trace",
      REDIS_PASSWORD_FILE: passwordFile,
      REDIS_CONFIG_FILE: configFile,
      API_TOKEN_FILE: tokenFile,
      BACKUP_CREDENTIALS_DIR: credentials.path,
    }),
  );
  await becomesReady(instance);
  const authorization = { authorization: "Bearer classified-token" };
  const backup = async (s3: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>>) =>
    ask(instance, "/v1/backup", {
      method: "POST",
      headers,
      body: JSON.stringify(backupRequest(store, { s3 })),
    });
  expect(await backup({}, { authorization: "Bearer classified-guess" })).toMatchObject({ status: 401 });
  expect(await backup({ bucket: "nosuch" }, authorization)).toMatchObject({ status: 500 });
  const endpoint = `http://classified-user:classified-pass@127.0.0.1:1`;
  expect((await backup({ endpoint }, authorization)).status).toBeGreaterThanOrEqual(400);
  expect(await post(instance, "/v1/promote?token=classified-query")).toMatchObject({ status: 401 });

  await writeFile(passwordFile, "classified password that changed");
  await waitFor(() => instance.log().some(({ msg }) => String(msg).startsWith("password rotated")), {
    what: "the rotation",
  });
  const { redisPort: port } = instance;
  await sendTo({ port, passwordFile }, ["SET", "classified-entry", "classified-value"]);
  await sendTo({ port, passwordFile }, ["DEBUG", "SEGFAULT", "classified-entry"]).catch(() => undefined);
  await instance.process.exited;
  expect(instance.process.output()).toContain("BUG REPORT END");
  expect(instance.process.output()).toContain("request refused");
  expect(instance.process.output()).not.toContain("classified");
});
