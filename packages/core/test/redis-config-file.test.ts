import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createServerCertificate,
  createTemporaryDirectory,
  freePort,
  Hopeless,
  startProcess,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { renderRedisConfig, type RedisConfigSettings, writeRedisConfig } from "../src/redis/config-file.ts";
import { readConfig } from "../src/redis/config-get.ts";
import { createRedisConnection, type RedisConnection } from "../src/redis/connection.ts";
import { readInfo, requireField } from "../src/redis/info.ts";
import { requireNoOwnedDirectives } from "../src/redis/owned-directives.ts";

/** Starts redis-server with a rendered configuration; `userConfig` is what the included file holds. */
async function startConfigured(
  settings: Partial<RedisConfigSettings>,
  { userConfig }: { readonly userConfig?: string } = {},
) {
  const folder = await createTemporaryDirectory("configured");
  const dir = join(folder.path, 'folder with "quotes"');
  await mkdir(dir);
  const port = await freePort();
  const path = join(folder.path, "redis.conf");
  const includeFile = join(folder.path, "user.conf");
  if (userConfig !== undefined) await writeFile(includeFile, userConfig);
  const complete = {
    port,
    dir,
    directives: {},
    holdsOnlySnapshot: false,
    includeFile: userConfig === undefined ? undefined : includeFile,
    ...settings,
  };
  await writeRedisConfig(path, renderRedisConfig(complete));
  const server = await startProcess({ command: "redis-server", args: [path] });
  const passwordFile = join(folder.path, "password");
  await writeFile(passwordFile, settings.password ?? "");
  const redis = createRedisConnection({
    host: "127.0.0.1",
    port,
    passwordFile,
    tlsDir: settings.tlsDir,
    connectTimeoutMs: 1_000,
    commandTimeoutMs: 1_000,
  });

  async function dispose() {
    redis.close();
    await server.stop();
    await folder[Symbol.asyncDispose]();
  }
  try {
    await waitFor(
      async () => {
        if (server.hasExited()) throw new Hopeless(server.output());
        return (await redis.send(["PING"])) === "PONG";
      },
      { what: "redis-server to answer" },
    );
  } catch (error) {
    await dispose();
    throw error;
  }
  return { redis, port, dir, folder: folder.path, [Symbol.asyncDispose]: dispose };
}

function hasLinkUp(redis: RedisConnection): Promise<boolean> {
  return waitFor(
    async () => requireField(await readInfo(redis, "replication"), "master_link_status") === "up",
    { what: "the link to the primary" },
  );
}

async function configOf(redis: RedisConnection, ...names: readonly string[]) {
  return Object.fromEntries(await readConfig(redis, names));
}

const syncAtOnce = { "repl-diskless-sync-delay": "0" };

describe("a redis-server with a rendered configuration", () => {
  it("keeps its data in its folder, by AOF and snapshots, and serves any address", async () => {
    await using server = await startConfigured({});
    const config = await configOf(server.redis, "dir", "appendonly", "save", "protected-mode", "bind");
    expect(config).toEqual({
      dir: server.dir,
      appendonly: "yes",
      save: "3600 1 300 100 60 10000",
      "protected-mode": "no",
      bind: "* -::*",
    });
  });

  it.each([
    ["quotes and backslashes", String.raw`a"b\'c\\"`],
    ["an escape that is none", String.raw`\x41\n\t`],
    ["an injected directive", 'x"\nport 1\n"'],
    ["a lone quote", '"'],
    ["control characters", "a\u0001\u0007\u0008\u001b\u007fb"],
    ["a NUL", "a\u0000b"],
    ["line ends", "a\r\nport 1\nb"],
    ["an include", '" \ninclude /etc/passwd\nx'],
    ["spaces, a hash and other scripts", "a # b пароль 密码 🔑"],
  ])("takes a password with %s as it is", async (_, password) => {
    await using server = await startConfigured({ password });
    expect(await configOf(server.redis, "requirepass", "masterauth", "port")).toEqual({
      requirepass: password,
      masterauth: password,
      port: String(server.port),
    });
  });

  it("takes directives of several arguments, with quotes, and empty ones", async () => {
    await using server = await startConfigured({
      directives: {
        "client-output-buffer-limit": "replica 1gb 512mb 30",
        "proc-title-template": `"{title} 'x' {config-file}"`,
        "notify-keyspace-events": "",
        MaxMemory: "64mb\n",
        save: "900 1 300 10",
        appendonly: "no",
      },
    });
    const config = await configOf(
      server.redis,
      "proc-title-template",
      "notify-keyspace-events",
      "maxmemory",
      "save",
      "appendonly",
    );
    expect(config).toEqual({
      "proc-title-template": "{title} 'x' {config-file}",
      "notify-keyspace-events": "",
      maxmemory: "67108864",
      save: "900 1 300 10",
      appendonly: "no",
    });
    const limits = await configOf(server.redis, "client-output-buffer-limit");
    expect(limits["client-output-buffer-limit"]).toContain("slave 1073741824 536870912 30");
  });

  it("saves nothing by itself where save is empty", async () => {
    await using server = await startConfigured({ directives: { save: "" } }, { userConfig: "save 900 1\n" });
    expect(await configOf(server.redis, "save")).toEqual({ save: "" });
  });

  it("lets the user's file win over the defaults, directives over it, and the manager over all", async () => {
    await using server = await startConfigured(
      { directives: { hz: "20", save: "60 1" }, password: "ours", announceHost: "10.0.0.7" },
      {
        userConfig: `
          appendonly no
          hz 30
          maxmemory 64mb
          save 900 1
          port 1
          dir /
          bind 127.0.0.2
          protected-mode yes
          requirepass theirs
          masterauth theirs
          daemonize yes
          supervised systemd
          pidfile /nonexistent/redis.pid
          replica-announce-ip 10.9.9.9
          replica-announce-port 9
          tls-port 0
        `,
      },
    );
    const names = ["appendonly", "hz", "maxmemory", "save", "port", "dir", "bind", "protected-mode"];
    const ours = ["requirepass", "masterauth", "daemonize", "supervised", "pidfile", "logfile"];
    const announced = ["replica-announce-ip", "replica-announce-port"];
    expect(await configOf(server.redis, ...names, ...ours, ...announced)).toEqual({
      appendonly: "no",
      hz: "20",
      maxmemory: "67108864",
      save: "60 1",
      port: String(server.port),
      dir: server.dir,
      bind: "* -::*",
      "protected-mode": "no",
      requirepass: "ours",
      masterauth: "ours",
      daemonize: "no",
      supervised: "no",
      pidfile: "",
      logfile: "",
      "replica-announce-ip": "10.0.0.7",
      "replica-announce-port": String(server.port),
    });
  });

  it("follows the primary that it is given, not the user's, and authenticates to it", async () => {
    await using primary = await startConfigured({ password: "shared", directives: syncAtOnce });
    await using replica = await startConfigured(
      {
        password: "shared",
        replicaOf: { host: "127.0.0.1", port: primary.port },
        directives: { appendonly: "no" },
      },
      { userConfig: "replicaof 127.0.0.1 1\n" },
    );
    expect(await hasLinkUp(replica.redis)).toBe(true);
  });

  it("speaks TLS to clients and to its primary, and no plain TCP", async () => {
    await using folder = await createTemporaryDirectory("tls");
    const { ca, cert, key } = await createServerCertificate();
    await writeFile(join(folder.path, "ca.crt"), ca);
    await writeFile(join(folder.path, "tls.crt"), cert);
    await writeFile(join(folder.path, "tls.key"), key);
    const tlsDir = folder.path;
    await using primary = await startConfigured({ tlsDir, directives: syncAtOnce });
    await using replica = await startConfigured({
      tlsDir,
      replicaOf: { host: "127.0.0.1", port: primary.port },
      directives: { appendonly: "no" },
    });
    expect(await hasLinkUp(replica.redis)).toBe(true);
    expect(await configOf(primary.redis, "port", "tls-port", "tls-auth-clients")).toEqual({
      port: "0",
      "tls-port": String(primary.port),
      "tls-auth-clients": "optional",
    });
  });

  it("has every directive that it was given, and each that the manager owns", async () => {
    const directives = {
      maxmemory: "64mb",
      "maxmemory-policy": "allkeys-lru",
      hz: "20",
      save: "900 1 300 10",
      "proc-title-template": "'{title} \\x41'",
      "notify-keyspace-events": "KEA",
      "lua-time-limit": "7000",
      "list-max-listpack-size": "-2",
      "aof-use-rdb-preamble": "yes",
      appenddirname: '"my aof"',
      dbfilename: "my.rdb",
    };
    await using server = await startConfigured({ directives, announceHost: "fd00::7" });
    expect(await configOf(server.redis, ...Object.keys(directives))).toEqual({
      ...directives,
      maxmemory: "67108864",
      "proc-title-template": "{title} \\x41",
      "notify-keyspace-events": "AKE",
      appenddirname: "my aof",
    });
    const owned = ["dir", "port", "bind", "replica-announce-ip", "daemonize", "replica-read-only"];
    expect(await configOf(server.redis, ...owned)).toEqual({
      dir: server.dir,
      port: String(server.port),
      bind: "* -::*",
      "replica-announce-ip": "fd00::7",
      daemonize: "no",
      "replica-read-only": "yes",
    });
  });
});

describe("requireNoOwnedDirectives", () => {
  it("accepts a file that leaves to the manager what it owns, comments and quotes aside", async () => {
    await using folder = await createTemporaryDirectory("config");
    const path = join(folder.path, "user.conf");
    await writeFile(path, '# port 1\nmaxmemory 1gb\nproc-title-template "port 1"\n  \nrequire "unbalanced\n');
    await expect(requireNoOwnedDirectives(path)).resolves.toBeUndefined();
  });

  it("names each that it finds, in an included file and however it is written, without its value", async () => {
    await using folder = await createTemporaryDirectory("config");
    const [path, more] = [join(folder.path, "user.conf"), join(folder.path, "more-1.conf")];
    await writeFile(path, `hz 10\n\t"PORT" 1\ninclude ${folder.path}/more-*.conf\n`);
    await writeFile(more, "ReplicaOf 10.0.0.7 6379\nrequirepass secret\n");
    await expect(requireNoOwnedDirectives(path)).rejects.toMatchObject({
      code: "REDIS_CONFIG_INVALID",
      message: `REDIS_CONFIG_FILE sets what belongs to the manager: port (${path} line 2), replicaof (${more} line 1), requirepass (${more} line 2); remove it`,
    });
  });

  it("fails with REDIS_CONFIG_INVALID and the path when a file is missing", async () => {
    await expect(requireNoOwnedDirectives("/nonexistent/user.conf")).rejects.toMatchObject({
      code: "REDIS_CONFIG_INVALID",
      message: expect.stringContaining("/nonexistent/user.conf"),
    });
  });
});

describe("writeRedisConfig", () => {
  it("replaces the file by one that only its owner may read, and leaves nothing beside it", async () => {
    await using folder = await createTemporaryDirectory("config");
    const path = join(folder.path, "redis.conf");
    await writeFile(path, "port 1\n", { mode: 0o644 });
    await writeFile(`${path}.unfinished`, "left behind", { mode: 0o644 });
    await writeRedisConfig(path, "port 2\n");
    expect(await readFile(path, "utf8")).toBe("port 2\n");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await expect(stat(`${path}.unfinished`)).rejects.toThrow("ENOENT");
  });

  it("fails with REDIS_CONFIG_INVALID and the path when the folder is missing", async () => {
    await using folder = await createTemporaryDirectory("config");
    const path = join(folder.path, "missing", "redis.conf");
    await expect(writeRedisConfig(path, "")).rejects.toMatchObject({
      code: "REDIS_CONFIG_INVALID",
      message: expect.stringContaining(path),
    });
  });

  it("leaves nothing of a file that it can't put in its place: it may hold the password", async () => {
    await using folder = await createTemporaryDirectory("config");
    const path = join(folder.path, "redis.conf");
    await mkdir(path);
    await expect(writeRedisConfig(path, "requirepass secret\n")).rejects.toMatchObject({
      code: "REDIS_CONFIG_INVALID",
    });
    expect(await readdir(folder.path)).toEqual(["redis.conf"]);
  });
});
