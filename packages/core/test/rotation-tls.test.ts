import { join } from "node:path";
import {
  createServerCertificate,
  createTemporaryDirectory,
  freePort,
  type ServerCertificate,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createRedisConnection } from "../src/redis/connection.ts";
import { readTlsFiles } from "../src/redis/tls-files.ts";
import { checkTlsFiles, readShownCertificate } from "../src/rotation/handshake.ts";
import { countSyncs, projectVolume, startRotated } from "./rotation-fixture.ts";

const timeoutMs = 2_000;
const patience = { connectTimeoutMs: timeoutMs, commandTimeoutMs: timeoutMs };

function filesOf({ cert, key, ca }: ServerCertificate): Readonly<Record<string, string>> {
  return { "tls.crt": cert, "tls.key": key, "ca.crt": ca };
}

/** A Redis that speaks TLS on a port of its own, beside plain TCP for the test. */
async function startWithTls(certificate: ServerCertificate) {
  const folder = await createTemporaryDirectory("tls");
  const tlsDir = folder.path;
  await projectVolume(tlsDir, filesOf(certificate));
  const port = await freePort();
  const rotated = await startRotated({
    tlsDir,
    port,
    server: {
      directives: {
        "tls-port": String(port),
        "tls-cert-file": join(tlsDir, "tls.crt"),
        "tls-key-file": join(tlsDir, "tls.key"),
        "tls-ca-cert-file": join(tlsDir, "ca.crt"),
        "tls-auth-clients": "yes",
      },
    },
  });
  /** The fingerprint of what Redis shows to one who trusts the CA of `trusted` and shows its certificate. */
  async function shown(trusted: ServerCertificate): Promise<string> {
    const address = { host: "127.0.0.1", port };
    return (await readShownCertificate(address, { tls: trusted, timeoutMs })).fingerprint;
  }
  return {
    ...rotated,
    tlsDir,
    tlsPort: port,
    shown,
    async [Symbol.asyncDispose]() {
      await rotated[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function fingerprintOf(certificate: ServerCertificate): Promise<string> {
  return (await checkTlsFiles(certificate, { tlsDir: "here", timeoutMs })).fingerprint;
}

describe("the rotation of the TLS files", () => {
  it("shows the new certificate, trusts the new CA alone, and leaves open connections open", async () => {
    const [old, next] = [
      await createServerCertificate({ name: "old" }),
      await createServerCertificate({ name: "next" }),
    ];
    await using redis = await startWithTls(old);
    expect(await redis.shown(old)).toBe(await fingerprintOf(old));
    const before = createRedisConnection({
      host: "127.0.0.1",
      port: redis.tlsPort,
      access: redis.access,
      ...patience,
    });
    const clientId = await before.send(["CLIENT", "ID"]);

    await projectVolume(redis.tlsDir, filesOf(next));
    await waitFor(() => redis.reports.length > 0, { what: "the rotation" });
    expect(redis.reports).toEqual(["tls applied"]);
    expect(await redis.shown(next)).toBe(await fingerprintOf(next));
    await expect(redis.shown(old)).rejects.toMatchObject({ code: "REDIS_UNREACHABLE" });
    expect(await before.send(["CLIENT", "ID"])).toBe(clientId);
    const after = createRedisConnection({
      host: "127.0.0.1",
      port: redis.tlsPort,
      tlsDir: redis.tlsDir,
      ...patience,
    });
    expect(await after.send(["PING"])).toBe("PONG");
    for (const connection of [before, after]) connection.close();
  });

  it("makes Redis trust another CA while the certificate stays", async () => {
    const [old, other] = [
      await createServerCertificate({ name: "old" }),
      await createServerCertificate({ name: "next" }),
    ];
    await using redis = await startWithTls(old);
    await redis.shown(old);
    await projectVolume(redis.tlsDir, { ...filesOf(old), "ca.crt": `${old.ca}\n${other.ca}` });
    await waitFor(() => redis.reports.length > 0, { what: "the rotation" });
    // The client's certificate is the other CA's.
    const tls = { ...other, ca: old.ca };
    const client = createRedisConnection({
      host: "127.0.0.1",
      port: redis.tlsPort,
      access: { candidates: () => Promise.resolve([{ password: "", tls }]), accepted: () => undefined },
      ...patience,
    });
    expect(await client.send(["PING"])).toBe("PONG");
    client.close();
  });

  it.each([
    [
      "a key that isn't the certificate's",
      ({ cert, ca }, other) => ({ cert, ca, key: other.key }),
      "key values mismatch",
    ],
    ["a CA that didn't sign it", ({ cert, key }, other) => ({ cert, key, ca: other.ca }), "unable to verify"],
    ["an empty certificate", ({ key, ca }) => ({ cert: "", key, ca }), "tls.crt is empty"],
    ["half a key", ({ cert, key, ca }) => ({ cert, key: key.slice(0, 60), ca }), "unsupported"],
  ] satisfies readonly (readonly [
    string,
    (next: ServerCertificate, other: ServerCertificate) => ServerCertificate,
    string,
  ])[])("doesn't touch Redis for %s, and goes on when it is mended", async (_, spoil, reason) => {
    const [old, next] = [
      await createServerCertificate({ name: "old" }),
      await createServerCertificate({ name: "next" }),
    ];
    await using redis = await startWithTls(old);
    const connection = createRedisConnection({
      host: "127.0.0.1",
      port: redis.tlsPort,
      access: redis.access,
      ...patience,
    });
    await connection.send(["PING"]);
    await redis.server.client.config("RESETSTAT");
    await projectVolume(redis.tlsDir, filesOf(spoil(next, old)));
    await waitFor(() => redis.reports.includes("tls refused"), { what: "the refusal" });
    expect(redis.reports).not.toContain("tls applied");
    expect(String(redis.lines.at(-1)?.fields["err"])).toContain(reason);
    expect(await redis.shown(old)).toBe(await fingerprintOf(old));
    expect(await redis.server.client.info("commandstats")).not.toContain("config|set");
    // A new connection falls back to what Redis took last.
    await redis.server.client.call("CLIENT", "KILL", "TYPE", "normal");
    await waitFor(async () => (await connection.send(["PING"])) === "PONG", { what: "a new connection" });

    await projectVolume(redis.tlsDir, filesOf(next));
    await waitFor(() => redis.reports.includes("tls applied"), { what: "the rotation" });
    expect(await redis.shown(next)).toBe(await fingerprintOf(next));
    connection.close();
  });
});

describe("replication while the TLS files rotate", () => {
  it("keeps the link through a bundle of both CAs, the new certificate and the new CA, one instance after the other", async () => {
    const [old, next] = [
      await createServerCertificate({ name: "old" }),
      await createServerCertificate({ name: "next" }),
    ];
    const bundle = `${old.ca}\n${next.ca}`;
    await using primary = await startWithTls(old);
    await using replica = await startWithTls(old);
    await replica.server.client.config("SET", "tls-replication", "yes");
    await replica.server.client.replicaof("127.0.0.1", primary.tlsPort);
    const linkIsUp = () =>
      waitFor(
        async () => (await replica.server.client.info("replication")).includes("master_link_status:up"),
        {
          what: "the link to be up",
        },
      );
    await linkIsUp();
    const steps = [
      { ...old, ca: bundle },
      { ...next, ca: bundle },
      { ...next, ca: next.ca },
    ];
    for (const [index, step] of steps.entries()) {
      for (const instance of [replica, primary]) {
        await projectVolume(instance.tlsDir, filesOf(step));
        await waitFor(() => instance.reports.length > index, { what: "the rotation" });
        expect(await replica.server.client.info("replication")).toContain("master_link_status:up");
        const before = await countSyncs(primary.server);
        await primary.server.client.call("CLIENT", "KILL", "TYPE", "replica");
        await waitFor(async () => (await countSyncs(primary.server)) > before, {
          what: "the replica to be back",
        });
        await linkIsUp();
      }
    }
    expect(primary.reports).toEqual(["tls applied", "tls applied", "tls applied"]);
    expect(await primary.shown(next)).toBe(await fingerprintOf(next));
  });
});

describe("readTlsFiles", () => {
  it("names the folder when a file is missing", async () => {
    await expect(readTlsFiles("/nonexistent")).rejects.toMatchObject({
      code: "REDIS_UNREACHABLE",
      message: expect.stringContaining("/nonexistent"),
    });
  });
});
