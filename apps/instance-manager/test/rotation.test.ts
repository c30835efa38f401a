import { X509Certificate } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "node:tls";
import { createServerCertificate, createTemporaryDirectory, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, becomesReady } from "./answer.ts";
import { runToEnd } from "./ended-manager.ts";
import { sendTo, startAttached, startSupervised } from "./instance.ts";

/** Whether Redis takes a password, given in a file of its own. */
async function takes(port: number, password: string): Promise<boolean> {
  await using folder = await createTemporaryDirectory("password");
  const passwordFile = join(folder.path, "password");
  await writeFile(passwordFile, password);
  try {
    await sendTo({ port, passwordFile }, ["PING"]);
    return true;
  } catch {
    return false;
  }
}

describe("a password file that changes", () => {
  it("changes the password of a supervised Redis, which runs on and keeps answering", async () => {
    await using folder = await createTemporaryDirectory("password");
    const passwordFile = join(folder.path, "password");
    await writeFile(passwordFile, "old");
    await using instance = await startSupervised({
      REDIS_PASSWORD_FILE: passwordFile,
      PASSWORD_ROTATION_GRACE: "1s",
    });
    await becomesReady(instance);
    const { redisPort: port } = instance;
    const pid = instance.redisPid();
    await writeFile(passwordFile, "new");
    await waitFor(
      async () => {
        await becomesReady(instance);
        expect(await ask(instance, "/v1/status")).toMatchObject({ status: 200 });
        await expect(instance.send("PING")).rejects.toMatchObject({ code: "REDIS_AUTH_FAILED" });
        return !(await takes(port, "old"));
      },
      { what: "Redis to refuse the old password" },
    );
    expect(await sendTo({ port, passwordFile }, ["CONFIG", "GET", "masterauth"])).toEqual([
      "masterauth",
      "new",
    ]);
    expect(await sendTo({ port, passwordFile }, ["INFO", "server"])).toContain(`process_id:${pid}`);
    expect(instance.process.output()).not.toMatch(/"(old|new)"/);
  });

  it("holds from the next start on, if the manager is killed before the grace ends", async () => {
    await using folder = await createTemporaryDirectory("password");
    await using dir = await createTemporaryDirectory("instance");
    const passwordFile = join(folder.path, "password");
    const env = { REDIS_PASSWORD_FILE: passwordFile, DATA_DIR: dir.path };
    await writeFile(passwordFile, "old");
    await using first = await startSupervised(env);
    await becomesReady(first);
    await writeFile(passwordFile, "new");
    await waitFor(() => takes(first.redisPort, "new"), { what: "the rotation" });
    first.process.kill("SIGKILL");
    await first.process.exited;

    await using second = await startSupervised({ ...env, REDIS_PORT: String(first.redisPort) });
    await becomesReady(second);
    expect(await takes(second.redisPort, "new")).toBe(true);
    expect(await takes(second.redisPort, "old")).toBe(false);
    await expect(second.send("PING")).rejects.toMatchObject({ code: "REDIS_AUTH_FAILED" });
  });

  it("changes nothing in a Redis that the manager doesn't own, and leaves the manager in", async () => {
    await using folder = await createTemporaryDirectory("password");
    const passwordFile = join(folder.path, "password");
    await writeFile(passwordFile, "old");
    await using instance = await startAttached({
      directives: { requirepass: "old" },
      env: { REDIS_PASSWORD_FILE: passwordFile },
    });
    await becomesReady(instance);
    await writeFile(passwordFile, "new");
    await instance.redis.client.call("CLIENT", "KILL", "TYPE", "normal");
    await becomesReady(instance);
    expect(await takes(instance.redis.port, "new")).toBe(false);
  });

  it("leaves in what watches the role, by what any connection of the manager's was let in with last", async () => {
    await using folder = await createTemporaryDirectory("password");
    const passwordFile = join(folder.path, "password");
    await writeFile(passwordFile, "first");
    await using instance = await startAttached({
      directives: { requirepass: "first" },
      env: { REDIS_PASSWORD_FILE: passwordFile },
    });
    const { client } = instance.redis;
    const seesRole = (role: string) =>
      waitFor(async () => (await ask(instance, "/failsafe")).body.includes(`"role":"${role}"`), {
        what: `the role ${role} to be seen`,
      });
    await seesRole("master");
    await client.call("CONFIG", "SET", "requirepass", "second");
    await writeFile(passwordFile, "second");
    // On a connection that is opened now.
    expect(await ask(instance, "/v1/promote", { method: "POST" })).toMatchObject({ status: 200 });
    await writeFile(passwordFile, "third, which Redis doesn't have yet");
    await client.call("CLIENT", "KILL", "TYPE", "normal");
    await client.call("REPLICAOF", "127.0.0.1", "1");
    await seesRole("slave");
  });
});

describe("TLS files that change", () => {
  it("change the certificate that Redis shows and the CA that the manager trusts", async () => {
    await using folder = await createTemporaryDirectory("tls");
    const issue = async (name: string) => {
      const { ca, cert, key } = await createServerCertificate({ name });
      await writeFile(join(folder.path, "ca.crt"), ca);
      await writeFile(join(folder.path, "tls.crt"), cert);
      await writeFile(join(folder.path, "tls.key"), key);
      return new X509Certificate(cert).fingerprint256;
    };
    const old = await issue("old");
    await using instance = await startSupervised({ TLS_DIR: folder.path });
    await becomesReady(instance);
    expect(await shownCertificate(instance.redisPort)).toBe(old);
    const next = await issue("next");
    await waitFor(async () => (await shownCertificate(instance.redisPort)) === next, {
      what: "the rotation",
    });
    // What the manager opened before is closed, so that it has to trust the new CA.
    const redis = { port: instance.redisPort, tlsDir: folder.path };
    await sendTo(redis, ["CLIENT", "KILL", "TYPE", "normal"]);
    await becomesReady(instance);
    expect(await ask(instance, "/v1/status")).toMatchObject({ status: 200 });
    expect(await sendTo(redis, ["INFO", "server"])).toContain(`process_id:${instance.redisPid()}`);
  });
});

/** The fingerprint of the certificate that a server shows to anybody. */
function shownCertificate(port: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256);
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

describe("REDIS_ACL_FILE", () => {
  it("gives a supervised Redis its users, from the start and after a change, and never opens it", async () => {
    await using folder = await createTemporaryDirectory("acl");
    const passwordFile = join(folder.path, "password");
    const aclFile = join(folder.path, "users.acl");
    await writeFile(passwordFile, "managers");
    await writeFile(aclFile, "user alice on >a-pass ~* +get");
    await using instance = await startSupervised({
      REDIS_PASSWORD_FILE: passwordFile,
      REDIS_ACL_FILE: aclFile,
    });
    await becomesReady(instance);
    const admin = { port: instance.redisPort, passwordFile };
    expect(await sendTo(admin, ["ACL", "USERS"])).toEqual(["alice", "default"]);
    await expect(instance.send("PING")).rejects.toMatchObject({ code: "REDIS_AUTH_FAILED" });
    await writeFile(aclFile, "user bob on >b-pass ~* +get");
    await waitFor(async () => String(await sendTo(admin, ["ACL", "USERS"])) === "bob,default", {
      what: "the rotation",
    });
    await expect(instance.send("PING")).rejects.toMatchObject({ code: "REDIS_AUTH_FAILED" });
    await becomesReady(instance);
    const written = join(instance.dir, "users.acl");
    expect((await stat(written)).mode & 0o077).toBe(0);
    expect(await readFile(written, "utf8")).not.toMatch(/-pass|managers/);
    expect(instance.process.output()).not.toMatch(/-pass|managers/);
  });

  it("is exit code 1 without a password that closes the default user", async () => {
    const { code, output } = await runToEnd({ REDIS_ACL_FILE: "/nonexistent/users.acl" });
    expect(code).toBe(1);
    expect(output).toContain("REDIS_ACL_FILE: needs REDIS_PASSWORD_FILE");
  });
});
