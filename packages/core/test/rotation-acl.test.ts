import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory, waitFor } from "@redis-operator/testbed";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { prepareAclFile } from "../src/redis/acl-file.ts";
import { knockWithoutPassword, pingAs, replaceFile, startRotated } from "./rotation-fixture.ts";

const password = "managers";
const alice = "user alice on >a-pass ~* +ping";
const bob = "user bob on >b-pass ~* +ping";

/** A Redis that was started on an ACL file. */
async function startWithAcl(
  text: string,
  { passwordGraceMs = 60_000 }: { readonly passwordGraceMs?: number } = {},
) {
  const folder = await createTemporaryDirectory("acl");
  const passwordFile = join(folder.path, "password");
  const aclFile = join(folder.path, "source.acl");
  await writeFile(passwordFile, password);
  await writeFile(aclFile, text);
  const path = await prepareAclFile(aclFile, { dir: folder.path, password });
  const rotated = await startRotated({
    passwordFile,
    passwordGraceMs,
    aclFile,
    server: { dir: folder.path, directives: { aclfile: path, requirepass: password, masterauth: password } },
  });
  return {
    ...rotated,
    path,
    write: (next: string) => replaceFile(aclFile, next),
    writePassword: (next: string) => replaceFile(passwordFile, next),
    errors: () => rotated.lines.filter(({ level }) => level === "error"),
    async [Symbol.asyncDispose]() {
      await rotated[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe("the rotation of the ACL file", () => {
  it("lets new users in, takes away those that are gone, and keeps the default user closed", async () => {
    await using redis = await startWithAcl(alice);
    const { port } = redis.server;
    expect(await pingAs(port, "a-pass", "alice")).toBe("PONG");
    const knocking = knockWithoutPassword(port);
    await redis.write(bob);
    await waitFor(() => redis.reports.length > 0, { what: "the rotation" });
    expect(redis.reports).toEqual(["acl applied"]);
    expect(await pingAs(port, "b-pass", "bob")).toBe("PONG");
    expect(await pingAs(port, "a-pass", "alice")).toBe("WRONGPASS");
    expect(await pingAs(port, password)).toBe("PONG");
    expect(await knocking.stop()).toEqual(new Set(["NOAUTH"]));
  });

  it("keeps the file that Redis reads for its owner alone, without passwords in plain text", async () => {
    await using redis = await startWithAcl(alice);
    await redis.write(`${alice}\n${bob}`);
    await waitFor(() => redis.reports.length > 0, { what: "the rotation" });
    expect((await stat(redis.path)).mode & 0o077).toBe(0);
    expect(await readFile(redis.path, "utf8")).not.toMatch(/-pass|managers/);
  });

  it.each([
    ["has a default user without a password", `user default on nopass ~* &* +@all\n${bob}`, "line 1"],
    ["turns the default user off", `user default off\n${bob}`, "line 1"],
    ["is empty", "", "is empty"],
    ["holds a rule that Redis doesn't know", `${bob}\n\nuser carol on +no-such-command`, "source.acl:3"],
    ["holds a password where a rule should be", `${bob}\nuser carol on hunter2`, "source.acl:2"],
    ["names a user twice", `${bob}\n${bob}`, "line 2"],
  ])("leaves Redis and its clients as they are for a file that %s", async (_, text, place) => {
    await using redis = await startWithAcl(alice);
    const { port } = redis.server;
    const client = new Redis({
      port,
      username: "alice",
      password: "a-pass",
      protocol: 2,
      enableReadyCheck: false,
      retryStrategy: null,
    });
    await client.ping();
    const before = await readFile(redis.path, "utf8");
    const knocking = knockWithoutPassword(port);
    await redis.write(text);
    await waitFor(() => redis.reports.length > 0, { what: "the refusal" });
    expect(redis.reports).toEqual(["acl refused"]);
    expect(String(redis.errors()[0]?.fields["err"])).toContain(place);
    expect(JSON.stringify(redis.lines) + String(redis.errors()[0]?.fields["err"])).not.toMatch(
      /hunter2|b-pass/,
    );
    expect(await readFile(redis.path, "utf8")).toBe(before);
    expect(await client.ping()).toBe("PONG");
    expect(await pingAs(port, "b-pass", "bob")).toBe("WRONGPASS");

    await redis.write(bob);
    await waitFor(() => redis.reports.includes("acl applied"), { what: "the rotation" });
    expect(await pingAs(port, "b-pass", "bob")).toBe("PONG");
    expect(redis.errors()).toHaveLength(1);
    expect(await knocking.stop()).toEqual(new Set(["NOAUTH"]));
    client.disconnect();
  });

  it("rotates the password beside it, without closing the connections of other users", async () => {
    await using redis = await startWithAcl(alice, { passwordGraceMs: 1_500 });
    const { port, client } = redis.server;
    const other = new Redis({
      port,
      username: "alice",
      password: "a-pass",
      protocol: 2,
      enableReadyCheck: false,
      retryStrategy: null,
    });
    await other.ping();
    await redis.writePassword("next");
    await waitFor(() => redis.reports.length > 0, { what: "the rotation" });
    expect(await pingAs(port, "next")).toBe("PONG");
    expect(await pingAs(port, password)).toBe("PONG");
    // An ACL LOAD by hand finds the passwords that count.
    await waitFor(async () => (await readFile(redis.path, "utf8")).match(/#/g)?.length === 3, {
      what: "the file",
    });
    expect(await other.ping()).toBe("PONG");
    await client.call("ACL", "LOAD");
    expect(await pingAs(port, "next")).toBe("PONG");
    await waitFor(async () => (await pingAs(port, password)) === "WRONGPASS", {
      what: "the end of the grace",
    });
    await waitFor(async () => (await readFile(redis.path, "utf8")).match(/#/g)?.length === 2, {
      what: "the file",
    });
    expect(await pingAs(port, "next")).toBe("PONG");
    other.disconnect();
  });

  it("follows both files when they change at once", async () => {
    await using redis = await startWithAcl(alice);
    const { port } = redis.server;
    const knocking = knockWithoutPassword(port);
    await Promise.all([redis.write(bob), redis.writePassword("next")]);
    await waitFor(async () => (await pingAs(port, "b-pass", "bob")) === "PONG", { what: "the new user" });
    await waitFor(async () => (await pingAs(port, "next")) === "PONG", { what: "the new password" });
    expect(await pingAs(port, password)).toBe("PONG");
    expect(await knocking.stop()).toEqual(new Set(["NOAUTH"]));
  });
});

describe("prepareAclFile", () => {
  it("refuses an ACL file where no password closes the default user", async () => {
    await expect(prepareAclFile("/acl/users.acl", { dir: "/nonexistent" })).rejects.toMatchObject({
      code: "REDIS_CONFIG_INVALID",
      message: expect.stringContaining("REDIS_PASSWORD_FILE"),
    });
  });
});
