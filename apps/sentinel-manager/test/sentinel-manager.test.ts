import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request, type RequestOptions } from "node:https";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRedisConnection, type RedisCommand } from "@redis-operator/core/redis";
import {
  createServerCertificate,
  createTemporaryDirectory,
  freePort,
  type Manager,
  startBlackHole,
  startManager,
  startProcess,
  startSentinel,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";

const plainText = "text/plain; charset=utf-8";
const bundle = fileURLToPath(new URL("../dist/main.cjs", import.meta.url));

/** A manager with a data folder and a sentinel port of its own, told nothing but the contract's variables. */
async function startSupervising(env: Readonly<Record<string, string>> = {}) {
  const folder = await createTemporaryDirectory("sentinel-manager");
  const sentinelPort = Number(env["REDIS_PORT"] ?? (await freePort()));
  const manager = await startManager({
    app: "sentinel-manager",
    env: { DATA_DIR: folder.path, REDIS_PORT: String(sentinelPort), ...env },
  });
  return {
    ...manager,
    sentinelPort,
    dir: folder.path,
    async [Symbol.asyncDispose]() {
      await manager.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function answer(manager: Manager, path: string, init?: RequestInit) {
  const response = await fetch(`${manager.url}${path}`, init);
  return { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
}

async function becomesReady(manager: Manager): Promise<void> {
  await waitFor(async () => (await answer(manager, "/readyz")).status === 200, { what: "/readyz 200" });
}

function sentinelPid(manager: Manager): number {
  const started = manager.log().find(({ msg }) => msg === "redis-sentinel started");
  return Number(started?.["pid"]);
}

/** Sends one command to the sentinel of a manager. */
async function send(manager: { sentinelPort: number }, command: RedisCommand, passwordFile?: string) {
  const redis = createRedisConnection({
    host: "127.0.0.1",
    port: manager.sentinelPort,
    passwordFile,
    connectTimeoutMs: 1_000,
    commandTimeoutMs: 1_000,
  });
  try {
    return await redis.send(command);
  } finally {
    redis.close();
  }
}

describe("the probes of a supervising sentinel manager", () => {
  it.each(["/healthz", "/readyz"])(
    "answer %s 200 ok in plain text without a trailing newline",
    async (path) => {
      await using manager = await startSupervising();
      await becomesReady(manager);
      expect(await answer(manager, path)).toEqual({ status: 200, type: plainText, body: "ok" });
      expect(await answer(manager, path, { method: "HEAD" })).toEqual({
        status: 200,
        type: plainText,
        body: "",
      });
    },
  );

  it("answer over IPv6 and IPv4", async () => {
    await using manager = await startSupervising();
    for (const host of ["127.0.0.1", "[::1]"]) {
      const reply = await fetch(`http://${host}:${manager.port}/healthz`);
      expect([host, reply.status]).toEqual([host, 200]);
    }
  });

  it("log nothing when they succeed", async () => {
    await using manager = await startSupervising({ LOG_LEVEL: "trace" });
    await becomesReady(manager);
    const ownEntries = () => manager.log().filter(({ source }) => source !== "redis").length;
    const before = ownEntries();
    for (const path of ["/healthz", "/readyz"]) expect((await answer(manager, path)).status).toBe(200);
    expect(ownEntries()).toBe(before);
  });

  it("answer 503 once redis-sentinel was killed", async () => {
    await using manager = await startSupervising();
    await becomesReady(manager);
    process.kill(sentinelPid(manager), "SIGKILL");
    await waitFor(async () => (await answer(manager, "/healthz")).status === 503, { what: "/healthz 503" });
    expect(await answer(manager, "/healthz")).toEqual({
      status: 503,
      type: plainText,
      body: "redis-sentinel not running",
    });
    expect(await answer(manager, "/readyz")).toEqual({
      status: 503,
      type: plainText,
      body: "sentinel not ready: unreachable",
    });
    expect(manager.log()).toContainEqual(
      expect.objectContaining({ level: "error", msg: "redis-sentinel ended by itself", signal: "SIGKILL" }),
    );
  });

  it("tell a redis-sentinel that hangs from one that is gone", async () => {
    await using manager = await startSupervising();
    await becomesReady(manager);
    process.kill(sentinelPid(manager), "SIGSTOP");
    expect(await answer(manager, "/readyz")).toEqual({
      status: 503,
      type: plainText,
      body: "sentinel not ready: timed out",
    });
    expect((await answer(manager, "/healthz")).status).toBe(200);
  });
});

describe("other requests", () => {
  it.each(["/", "/metrics", "/v1/status", "/v1/promote", "/healthz/", "/readyz/x"])(
    "to %s get 404 in JSON, whatever the method",
    async (path) => {
      await using manager = await startSupervising();
      for (const method of ["GET", "POST"]) {
        const { status, type, body } = await answer(manager, path, { method });
        expect([status, type]).toEqual([404, "application/json"]);
        expect(JSON.parse(body)).toEqual({ error: { code: "NOT_FOUND", message: `no such path: ${path}` } });
      }
    },
  );

  it.each(["/healthz", "/readyz"])("to %s with another method get 405 with Allow", async (path) => {
    await using manager = await startSupervising();
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const response = await fetch(`${manager.url}${path}`, { method });
      expect([method, response.status, response.headers.get("allow")]).toEqual([method, 405, "GET, HEAD"]);
      expect(await response.text()).not.toContain("\n");
    }
  });
});

describe("a sentinel manager that attaches", () => {
  it("answers for the redis-sentinel that something else started, and leaves it alone at its end", async () => {
    await using sentinel = await startSentinel();
    const env = { REDIS_SUPERVISE: "false", REDIS_PORT: String(sentinel.port) };
    await using manager = await startManager({ app: "sentinel-manager", env });
    expect((await answer(manager, "/healthz")).body).toBe("ok");
    await becomesReady(manager);
    await manager.stop();
    expect(await sentinel.client.ping()).toBe("PONG");
  });

  it("answers 503 once that redis-sentinel was killed, though another one runs", async () => {
    const port = await freePort();
    const env = { REDIS_SUPERVISE: "false", REDIS_PORT: String(port) };
    await using manager = await startManager({ app: "sentinel-manager", env });
    await using sentinel = await startSentinel({ port });
    await using bystander = await startSentinel();
    await becomesReady(manager);
    sentinel.process.kill("SIGKILL");
    await sentinel.process.exited;
    expect(await answer(manager, "/healthz")).toMatchObject({
      status: 503,
      body: "redis-sentinel not running",
    });
    expect(await answer(manager, "/readyz")).toMatchObject({
      status: 503,
      body: "sentinel not ready: unreachable",
    });
    expect(bystander.process.hasExited()).toBe(false);
  });

  it("answers 503 on /readyz in time when the port accepts and never answers", async () => {
    await using blackHole = await startBlackHole();
    const env = { REDIS_SUPERVISE: "false", REDIS_PORT: String(blackHole.port) };
    await using manager = await startManager({ app: "sentinel-manager", env });
    expect(await answer(manager, "/readyz")).toMatchObject({
      status: 503,
      body: "sentinel not ready: timed out",
    });
  });
});

describe("its redis-sentinel", () => {
  it("keeps its id over restarts of the manager, and monitors what the user's file says", async () => {
    await using folder = await createTemporaryDirectory("sentinel-data");
    const seed = join(folder.path, "seed.conf");
    await writeFile(seed, "port 1\nsentinel monitor mymaster 127.0.0.1 1 2\n");
    const env = { DATA_DIR: folder.path, REDIS_CONFIG_FILE: seed };
    const ids: unknown[] = [];
    for (let start = 0; start < 2; start += 1) {
      await using manager = await startSupervising(env);
      await becomesReady(manager);
      ids.push(await send(manager, ["SENTINEL", "MYID"]));
      const address = await send(manager, ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster"]);
      expect(address).toEqual(["127.0.0.1", "1"]);
    }
    expect(new Set(ids).size).toBe(1);
  });

  it("asks for the password, which nobody else may read from its file", async () => {
    await using folder = await createTemporaryDirectory("sentinel-password");
    const passwordFile = join(folder.path, "password");
    await writeFile(passwordFile, 'pass"word\n');
    await using manager = await startSupervising({ REDIS_PASSWORD_FILE: passwordFile });
    await becomesReady(manager);
    await expect(send(manager, ["SENTINEL", "MYID"])).rejects.toMatchObject({ code: "REDIS_AUTH_FAILED" });
    // Monitoring something makes Sentinel rewrite its file.
    await send(manager, ["SENTINEL", "MONITOR", "mymaster", "127.0.0.1", "1", "2"], passwordFile);
    const file = join(manager.dir, "sentinel.conf");
    expect(await readFile(file, "utf8")).toContain("sentinel monitor mymaster 127.0.0.1 1 2");
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect(manager.process.output()).not.toContain('pass"word');
  });

  it("begins with REDIS_PRIMARY under the name of the cluster, or the one that is given", async () => {
    const primary = { REDIS_PRIMARY: "localhost:1", REDIS_SENTINEL_QUORUM: "3", CLUSTER_NAME: "cache" };
    await using named = await startSupervising(primary);
    await using renamed = await startSupervising({ ...primary, REDIS_SENTINEL_PRIMARY_NAME: "other" });
    for (const [manager, name] of [
      [named, "cache"],
      [renamed, "other"],
    ] as const) {
      await becomesReady(manager);
      expect(await send(manager, ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name])).toEqual(["localhost", "1"]);
      expect(await readFile(join(manager.dir, "sentinel.conf"), "utf8")).toContain(
        `sentinel monitor ${name} localhost 1 3`,
      );
    }
  });

  it("speaks TLS, and its manager with it", async () => {
    await using folder = await createTemporaryDirectory("sentinel-tls");
    const { ca, cert, key } = await createServerCertificate();
    await writeFile(join(folder.path, "ca.crt"), ca);
    await writeFile(join(folder.path, "tls.crt"), cert);
    await writeFile(join(folder.path, "tls.key"), key);
    await using manager = await startSupervising({ TLS_DIR: folder.path });
    await becomesReady(manager);
    expect(await answer(manager, "/healthz")).toMatchObject({ status: 200 });
  });

  it("has its log passed on as JSON lines, with the pod's names on every line", async () => {
    await using manager = await startSupervising({ POD_NAME: "s-0", POD_NAMESPACE: "ns", CLUSTER_NAME: "c" });
    await becomesReady(manager);
    expect(manager.log()).toContainEqual(
      expect.objectContaining({
        source: "redis",
        redisRole: "X",
        msg: expect.stringMatching(/^Sentinel ID is /),
      }),
    );
    const lines = manager.process.output().trimEnd().split("\n");
    expect(manager.log()).toHaveLength(lines.length);
    for (const entry of manager.log())
      expect(entry).toMatchObject({ pod: "s-0", namespace: "ns", cluster: "c" });
  });
});

describe("the end", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("on %s stops redis-sentinel and exits with 0", async (signal) => {
    await using manager = await startSupervising();
    await becomesReady(manager);
    const pid = sentinelPid(manager);
    manager.process.kill(signal);
    expect(await manager.process.exited).toEqual({ code: 0, signal: null });
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    const messages = manager.log().map(({ msg }) => msg);
    expect(messages.slice(-2)).toEqual(["redis-sentinel stopped", "stopped"]);
  });

  it("is exit code 1 with the reason, and no redis-sentinel left, when the HTTP port is in use", async () => {
    await using folder = await createTemporaryDirectory("sentinel-manager");
    await using occupant = await startBlackHole();
    await using manager = await startProcess({
      command: process.execPath,
      args: [bundle],
      env: {
        PATH: process.env["PATH"],
        HTTP_HOST: "127.0.0.1",
        HTTP_PORT: String(occupant.port),
        REDIS_PORT: String(await freePort()),
        DATA_DIR: folder.path,
      },
    });
    expect(await manager.exited).toEqual({ code: 1, signal: null });
    expect(manager.output()).toContain(
      `listening on port ${occupant.port} of 127.0.0.1 failed: listen EADDRINUSE`,
    );
    expect(manager.output()).toContain("redis-sentinel stopped");
  });

  it.each([
    ["REDIS_BINARY", "/nonexistent/redis-sentinel", "install it or set REDIS_BINARY"],
    ["DATA_DIR", "/dev/null/data", "set DATA_DIR to a writable one"],
    ["REDIS_PASSWORD_FILE", "/nonexistent/password", "/nonexistent/password"],
    ["REDIS_CONFIG_FILE", "/nonexistent/seed.conf", "/nonexistent/seed.conf"],
  ])("is exit code 1 with the reason when %s leads nowhere", async (name, value, expected) => {
    await using folder = await createTemporaryDirectory("sentinel-manager");
    await using manager = await startProcess({
      command: process.execPath,
      args: [bundle],
      env: { PATH: process.env["PATH"], DATA_DIR: folder.path, [name]: value },
    });
    expect(await manager.exited).toEqual({ code: 1, signal: null });
    expect(manager.output()).toContain(expected);
  });

  it("is exit code 1 where REDIS_PRIMARY has no name to be monitored under", async () => {
    await using manager = await startProcess({
      command: process.execPath,
      args: [bundle],
      env: { REDIS_PRIMARY: "10.0.0.7" },
    });
    expect(await manager.exited).toEqual({ code: 1, signal: null });
    expect(manager.output()).toContain("REDIS_PRIMARY: needs CLUSTER_NAME or REDIS_SENTINEL_PRIMARY_NAME");
  });

  it("is exit code 1 with every variable that doesn't fit", async () => {
    await using manager = await startProcess({
      command: process.execPath,
      args: [bundle],
      env: { HTTP_PORT: "http", REDIS_PORT: "70000", REDIS_SUPERVISE: "yes", LOG_LEVEL: "loud" },
    });
    expect(await manager.exited).toEqual({ code: 1, signal: null });
    const variables = manager
      .output()
      .trimEnd()
      .split("\n")
      .map((line) => line.split(":", 1)[0]);
    expect(new Set(variables)).toEqual(new Set(["HTTP_PORT", "LOG_LEVEL", "REDIS_PORT", "REDIS_SUPERVISE"]));
  });
});

async function healthOverTls({ url }: Manager, tls: RequestOptions): Promise<number | undefined> {
  const sent = request(`${url}/healthz`, tls).end();
  const responses: IncomingMessage[] = await once(sent, "response");
  responses[0]?.resume();
  return responses[0]?.statusCode;
}

describe("API_TLS_DIR", () => {
  it("has the probes served over TLS, and no others than callers with a certificate where it is required", async () => {
    await using folder = await createTemporaryDirectory("api-tls");
    const { ca, cert, key } = await createServerCertificate();
    await writeFile(join(folder.path, "ca.crt"), ca);
    await writeFile(join(folder.path, "tls.crt"), cert);
    await writeFile(join(folder.path, "tls.key"), key);
    await using open = await startSupervising({ API_TLS_DIR: folder.path });
    expect(await healthOverTls(open, { ca })).toBe(200);
    await using guarded = await startSupervising({
      API_TLS_DIR: folder.path,
      API_TLS_CLIENT_AUTH: "required",
    });
    expect(await healthOverTls(guarded, { ca })).toBe(401);
    expect(await healthOverTls(guarded, { ca, cert, key })).toBe(200);
  });
});
