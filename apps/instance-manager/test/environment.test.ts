import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createTemporaryDirectory,
  freePort,
  nodeEnvironment,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, becomes, becomesReady, plainText } from "./answer.ts";
import { runToEnd } from "./ended-manager.ts";
import { attachTo, sendTo, startAttached, startSupervised } from "./instance.ts";

const ok = plainText(200, "ok");

const reaches = async (host: string, port: number): Promise<boolean> =>
  fetch(`http://${host}:${port}/healthz`).then(
    ({ status }) => status === 200,
    () => false,
  );

describe("HTTP_HOST and HTTP_PORT", () => {
  it("are every address by default, IPv4 and IPv6", async () => {
    await using instance = await startAttached();
    for (const host of ["127.0.0.1", "[::1]", "localhost"]) {
      expect([host, await reaches(host, instance.port)]).toEqual([host, true]);
    }
  });

  it("name one address", async () => {
    await using instance = await startAttached({ env: { HTTP_HOST: "127.0.0.1" } });
    expect([await reaches("127.0.0.1", instance.port), await reaches("[::1]", instance.port)]).toEqual([
      true,
      false,
    ]);
  });
});

describe("the identity of the pod", () => {
  it("stands in every line of the log", async () => {
    const env = { CLUSTER_NAME: "cache", POD_NAMESPACE: "shop", POD_NAME: "cache-0" };
    await using instance = await startSupervised(env);
    await becomesReady(instance);
    await instance.stop();
    const lines = instance.process.output().trimEnd().split("\n");
    expect(instance.log()).toHaveLength(lines.length);
    for (const entry of instance.log()) {
      expect(entry).toMatchObject({
        app: "instance-manager",
        cluster: "cache",
        namespace: "shop",
        pod: "cache-0",
      });
    }
    expect(instance.log()).toContainEqual(expect.objectContaining({ source: "redis", level: "info" }));
  });

  it("has its address announced to the primary", async () => {
    await using primary = await startRedisServer();
    await using instance = await startSupervised({ POD_IP: "198.51.100.7" });
    await becomesReady(instance);
    await instance.send("REPLICAOF", "127.0.0.1", String(primary.port));
    const line = await waitFor(
      async () => /^slave0:.*/m.exec(await primary.client.info("replication"))?.[0],
      {
        what: "the replica to connect",
      },
    );
    expect(line).toContain(`slave0:ip=198.51.100.7,port=${instance.redisPort},`);
  });
});

describe("REDIS_SUPERVISE", () => {
  it("is true by default: Redis is the manager's child, with an append-only file in DATA_DIR", async () => {
    await using instance = await startSupervised();
    await becomesReady(instance);
    const children = await readFile(
      `/proc/${instance.process.pid}/task/${instance.process.pid}/children`,
      "utf8",
    );
    expect(children.split(" ")).toContain(String(instance.redisPid()));
    expect(await instance.send("CONFIG", "GET", "appendonly")).toEqual(["appendonly", "yes"]);
    expect(await instance.send("CONFIG", "GET", "dir")).toEqual(["dir", instance.dir]);
  });

  it("false starts nothing, and leaves the Redis alone at the end", async () => {
    await using redis = await startRedisServer();
    await using manager = await attachTo(redis);
    await becomesReady(manager);
    await manager.stop();
    expect(await redis.client.ping()).toBe("PONG");
  });
});

describe("REDIS_BINARY", () => {
  it("is what the manager starts", async () => {
    await using folder = await createTemporaryDirectory("binary");
    const binary = join(folder.path, "my-redis");
    await writeFile(binary, '#!/bin/sh\nexec redis-server "$@" --maxmemory-policy allkeys-lfu\n');
    await chmod(binary, 0o755);
    await using instance = await startSupervised({ REDIS_BINARY: binary });
    await becomesReady(instance);
    expect(await instance.send("CONFIG", "GET", "maxmemory-policy")).toEqual([
      "maxmemory-policy",
      "allkeys-lfu",
    ]);
  });
});

describe("the environment of Redis", () => {
  it("is the manager's, without what the image sets for the manager's own memory", async () => {
    await using folder = await createTemporaryDirectory("binary");
    const [binary, seen] = [join(folder.path, "my-redis"), join(folder.path, "seen")];
    // Not read from /proc: Redis writes its title over what it was started with.
    await writeFile(binary, `#!/bin/sh\nenv > ${seen}\nexec redis-server "$@"\n`);
    await chmod(binary, 0o755);
    await using instance = await startSupervised({ REDIS_BINARY: binary, OF_THE_POD: "yes" });
    await becomesReady(instance);
    const names = (await readFile(seen, "utf8")).split("\n").map((line) => line.split("=", 1)[0]);
    expect(names).toContain("OF_THE_POD");
    expect(Object.keys(nodeEnvironment).filter((name) => names.includes(name))).toEqual([]);
  });
});

describe("REDIS_HOST and REDIS_PORT", () => {
  it("name the Redis to attach to, an IPv6 address too", async () => {
    await using redis = await startRedisServer({ host: "::1" });
    await using manager = await attachTo(redis, { REDIS_HOST: "::1" });
    expect(await becomes(manager, "/readyz", 200)).toEqual(ok);
  });
});

describe("REDIS_PASSWORD_FILE", () => {
  it("is what a supervised Redis asks for, whatever characters it holds, and nobody else may read it", async () => {
    await using folder = await createTemporaryDirectory("password");
    const passwordFile = join(folder.path, "password");
    const password = `it's "quoted" \\ #ü $(x)`;
    await writeFile(passwordFile, `\n${password}\n`);
    await using instance = await startSupervised({ REDIS_PASSWORD_FILE: passwordFile });
    await becomesReady(instance);
    await expect(instance.send("PING")).rejects.toMatchObject({ code: "REDIS_AUTH_FAILED" });
    expect(await sendTo({ port: instance.redisPort, passwordFile }, ["CONFIG", "GET", "masterauth"])).toEqual(
      ["masterauth", password],
    );
    expect((await stat(join(instance.dir, "redis.conf"))).mode & 0o077).toBe(0);
    expect(instance.process.output()).not.toContain("quoted");
  });

  it("is read anew after a rotation", async () => {
    await using folder = await createTemporaryDirectory("password");
    const passwordFile = join(folder.path, "password");
    await writeFile(passwordFile, "old\n");
    await using redis = await startRedisServer({ directives: { requirepass: "old" } });
    await using manager = await attachTo(redis, { REDIS_PASSWORD_FILE: passwordFile });
    await becomesReady(manager);
    await redis.client.config("SET", "requirepass", "new");
    await writeFile(passwordFile, "new\n");
    // A connection that was authenticated stays so; a new one needs the new password.
    await redis.client.call("CLIENT", "KILL", "TYPE", "normal");
    await becomesReady(manager);
    expect(await ask(manager, "/v1/status")).toMatchObject({ status: 200 });
  });

  it("may be empty: no password", async () => {
    await using folder = await createTemporaryDirectory("password");
    const passwordFile = join(folder.path, "password");
    await writeFile(passwordFile, "\n");
    await using instance = await startSupervised({ REDIS_PASSWORD_FILE: passwordFile });
    await becomesReady(instance);
    expect(await instance.send("PING")).toBe("PONG");
  });
});

describe("REDIS_CONFIG_FILE", () => {
  it("is included, after the defaults", async () => {
    await using folder = await createTemporaryDirectory("config");
    const file = join(folder.path, "my redis.conf");
    await writeFile(file, "maxmemory 100mb\nappendonly no\n");
    await using instance = await startSupervised({ REDIS_CONFIG_FILE: file });
    await becomesReady(instance);
    expect(await instance.send("CONFIG", "GET", "maxmemory")).toEqual(["maxmemory", "104857600"]);
    expect(await instance.send("CONFIG", "GET", "appendonly")).toEqual(["appendonly", "no"]);
    expect(await instance.send("CONFIG", "GET", "dir")).toEqual(["dir", instance.dir]);
  });

  it("is exit code 1 with every directive that belongs to the manager, in files that it includes too", async () => {
    await using folder = await createTemporaryDirectory("config");
    const [file, more] = [join(folder.path, "redis.conf"), join(folder.path, "more.conf")];
    await writeFile(file, `maxmemory 100mb\nport 1\ninclude ${more}\n`);
    await writeFile(more, "replicaof 198.51.100.2 6379\nrequirepass secret-value\n");
    const { code, output } = await runToEnd({ REDIS_CONFIG_FILE: file, DATA_DIR: folder.path });
    expect(code).toBe(1);
    expect(output).toContain(
      `REDIS_CONFIG_FILE sets what belongs to the manager: port (${file} line 2), replicaof (${more} line 1), requirepass (${more} line 2)`,
    );
    expect(output).not.toContain("secret-value");
    expect(output).not.toContain("redis-server started");
  });
});

describe("LOG_LEVEL", () => {
  it("silent writes nothing", async () => {
    await using instance = await startSupervised({ LOG_LEVEL: "silent" });
    await becomesReady(instance);
    await ask(instance, "/v1/demote", { method: "POST" });
    await instance.stop();
    expect(instance.process.output()).toBe("");
  });
});

describe("a variable that is empty", () => {
  it("counts as one that isn't set, as a manifest with an empty value means it", async () => {
    const empty = [
      "HTTP_HOST",
      "POD_IP",
      "REDIS_PASSWORD_FILE",
      "REDIS_CONFIG_FILE",
      "TLS_DIR",
      "PEERS",
      "LOG_LEVEL",
    ];
    await using instance = await startSupervised(Object.fromEntries(empty.map((name) => [name, ""])));
    await becomesReady(instance);
    expect(await ask(instance, "/healthz")).toEqual(ok);
  });
});

describe("an environment that doesn't fit", () => {
  it("is exit code 1 with every variable that doesn't, on a line of its own", async () => {
    const wrong = {
      HTTP_PORT: "http",
      LOG_LEVEL: "loud",
      POD_IP: "pod",
      REDIS_SUPERVISE: "yes",
      REDIS_PORT: "70000",
      PRIMARY_ISOLATION_ENABLED: "1",
      PRIMARY_ISOLATION_API_SERVER_TIMEOUT: "5",
      PRIMARY_ISOLATION_PEER_TIMEOUT: "-5s",
      PEERS: "a b",
      KUBERNETES_SERVICE_PORT: "0",
      READINESS_REPLICA_MAX_SILENCE: "soon",
      REDIS_PRIMARY: "10.0.0.7,10.0.0.8",
      REDIS_STOP_TIMEOUT: "60",
    };
    const { code, output } = await runToEnd(wrong);
    expect(code).toBe(1);
    const named = output
      .trimEnd()
      .split("\n")
      .map((line) => line.split(":", 1)[0] ?? "");
    expect(new Set(named)).toEqual(new Set(Object.keys(wrong)));
  });

  it.each([
    ["REDIS_BINARY", "/nonexistent/redis-server", "install it or set REDIS_BINARY"],
    ["DATA_DIR", "/dev/null/data", "set DATA_DIR to a writable one"],
    ["REDIS_PASSWORD_FILE", "/nonexistent/password", "/nonexistent/password"],
  ])("is exit code 1 with the reason when %s leads nowhere", async (name, value, expected) => {
    await using folder = await createTemporaryDirectory("instance");
    const { code, output } = await runToEnd({ DATA_DIR: folder.path, [name]: value });
    expect(code).toBe(1);
    expect(output).toContain(expected);
  });
});

describe("DATA_DIR", () => {
  it("is made when it isn't there, and what Redis writes in it is for nobody else", async () => {
    await using folder = await createTemporaryDirectory("instance");
    const dir = join(folder.path, "a", "b");
    await using instance = await startSupervised({ DATA_DIR: dir });
    await becomesReady(instance);
    await instance.send("SAVE");
    expect((await stat(join(dir, "dump.rdb"))).mode & 0o077).toBe(0);
  });

  it("may hold spaces and quotes", async () => {
    await using folder = await createTemporaryDirectory("instance");
    const dir = join(folder.path, `it's "here"`);
    await mkdir(dir);
    await using instance = await startSupervised({ DATA_DIR: dir, REDIS_PORT: String(await freePort()) });
    await becomesReady(instance);
    expect(await instance.send("CONFIG", "GET", "dir")).toEqual(["dir", dir]);
  });
});
