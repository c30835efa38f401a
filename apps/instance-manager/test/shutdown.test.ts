import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import {
  createTemporaryDirectory,
  freePort,
  startBlackHole,
  startKubernetesApi,
  startProcess,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, becomesReady, plainText } from "./answer.ts";
import { bundle, isRunning, runToEnd } from "./ended-manager.ts";
import { inKubernetes, startAttached, startSupervised } from "./instance.ts";

const wellEnded = { code: 0, signal: null };

describe("a manager that is told to end", () => {
  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "on %s stops Redis, which has saved, and exits with 0",
    async (signal) => {
      await using folder = await createTemporaryDirectory("data");
      {
        await using instance = await startSupervised({ DATA_DIR: folder.path });
        await becomesReady(instance);
        await instance.send("SET", "key", "value");
        instance.process.kill(signal);
        expect(await instance.process.exited).toEqual(wellEnded);
        expect(isRunning(instance.redisPid())).toBe(false);
        expect(
          instance
            .log()
            .map(({ msg }) => msg)
            .slice(-2),
        ).toEqual(["redis-server stopped", "stopped"]);
      }
      await using next = await startSupervised({ DATA_DIR: folder.path });
      await becomesReady(next);
      expect(await next.send("GET", "key")).toBe("value");
    },
  );

  it("is not ready while Redis saves, and answers all the same", async () => {
    await using folder = await createTemporaryDirectory("config");
    const file = join(folder.path, "redis.conf");
    // Each of 500 keys takes 4 ms to save.
    await writeFile(file, "appendonly no\nsave 3600 1\nrdb-key-save-delay 4000\n");
    await using instance = await startSupervised({ REDIS_CONFIG_FILE: file });
    await becomesReady(instance);
    await instance.send("EVAL", "for i = 1, 500 do redis.call('SET', i, i) end", "0");
    instance.process.kill("SIGTERM");
    await waitFor(async () => (await ask(instance, "/readyz")).status === 503, { what: "/readyz 503" });
    expect(await ask(instance, "/readyz")).toEqual(plainText(503, "redis not ready: stopping"));
    expect(await instance.process.exited).toEqual(wellEnded);
    expect(isRunning(instance.redisPid())).toBe(false);
  });

  it("waits for Redis even if told again and again", async () => {
    await using folder = await createTemporaryDirectory("data");
    await using instance = await startSupervised({ DATA_DIR: folder.path });
    await becomesReady(instance);
    await instance.send("SET", "key", "value");
    for (let signal = 0; signal < 5; signal += 1) instance.process.kill("SIGTERM");
    expect(await instance.process.exited).toEqual(wellEnded);
    expect(isRunning(instance.redisPid())).toBe(false);
    await using next = await startSupervised({ DATA_DIR: folder.path });
    await becomesReady(next);
    expect(await next.send("GET", "key")).toBe("value");
  });

  it("ends though Redis hangs, which then saves too", async () => {
    await using folder = await createTemporaryDirectory("data");
    {
      await using instance = await startSupervised({ DATA_DIR: folder.path });
      await becomesReady(instance);
      await instance.send("SET", "key", "value");
      process.kill(instance.redisPid(), "SIGSTOP");
      instance.process.kill("SIGTERM");
      expect(await instance.process.exited).toEqual(wellEnded);
      expect(isRunning(instance.redisPid())).toBe(false);
    }
    await using next = await startSupervised({ DATA_DIR: folder.path });
    await becomesReady(next);
    expect(await next.send("GET", "key")).toBe("value");
  });

  it("kills a Redis that doesn't end within REDIS_STOP_TIMEOUT, and says so", async () => {
    await using folder = await createTemporaryDirectory("config");
    const file = join(folder.path, "redis.conf");
    // Each of 500 keys takes 100 ms to save.
    await writeFile(file, "appendonly no\nsave 3600 1\nrdb-key-save-delay 100000\n");
    await using instance = await startSupervised({ REDIS_CONFIG_FILE: file, REDIS_STOP_TIMEOUT: "500ms" });
    await becomesReady(instance);
    await instance.send("EVAL", "for i = 1, 500 do redis.call('SET', i, i) end", "0");
    instance.process.kill("SIGTERM");
    expect(await instance.process.exited).toEqual(wellEnded);
    expect(isRunning(instance.redisPid())).toBe(false);
    expect(instance.log()).toContainEqual(
      expect.objectContaining({
        level: "warn",
        msg: expect.stringContaining("sending SIGKILL"),
        graceMs: 500,
      }),
    );
  });

  it("doesn't start Redis any more when it is told before it knows in which role", async () => {
    await using folder = await createTemporaryDirectory("data");
    await using api = await startKubernetesApi();
    api.setMode("stalled");
    const env = { ...inKubernetes(api), DATA_DIR: folder.path, HTTP_PORT: String(await freePort()) };
    await using manager = await startProcess({
      command: process.execPath,
      args: [bundle],
      env: { PATH: process.env["PATH"], ...env },
    });
    await waitFor(() => api.open() > 0, { what: "the API server to be asked" });
    manager.kill("SIGTERM");
    expect(await manager.exited).toEqual(wellEnded);
    expect(manager.output()).not.toContain("redis-server started");
  });

  it("closes the connections that callers keep open, used before or not", async () => {
    await using instance = await startAttached();
    const [used, unused] = [connect(instance.port, "127.0.0.1"), connect(instance.port, "127.0.0.1")];
    const closed = [once(used, "close"), once(unused.resume(), "close")];
    await once(unused, "connect");
    used.write("GET /readyz HTTP/1.1\r\nHost: pod\r\n\r\n");
    await once(used, "data");
    instance.process.kill("SIGTERM");
    expect(await instance.process.exited).toEqual(wellEnded);
    expect(await Promise.all(closed)).toEqual([[false], [false]]);
  });
});

describe("a manager that can't listen", () => {
  it("is exit code 1 with the reason, and no Redis left", async () => {
    await using folder = await createTemporaryDirectory("data");
    await using occupant = await startBlackHole();
    const { code, output } = await runToEnd({
      HTTP_HOST: "127.0.0.1",
      HTTP_PORT: String(occupant.port),
      REDIS_PORT: String(await freePort()),
      DATA_DIR: folder.path,
    });
    expect(code).toBe(1);
    expect(output).toContain(`listening on port ${occupant.port} of 127.0.0.1 failed: listen EADDRINUSE`);
    expect(output).not.toContain("redis-server started");
  });
});

describe("a manager whose Redis ends by itself", () => {
  it("is told by /healthz for a moment, and then is exit code 1 with how Redis ended", async () => {
    const pod = { CLUSTER_NAME: "cache", POD_NAMESPACE: "shop", POD_NAME: "cache-0" };
    await using instance = await startSupervised(pod);
    await becomesReady(instance);
    process.kill(instance.redisPid(), "SIGKILL");
    await waitFor(
      async () => {
        const { status, body } = await ask(instance, "/healthz");
        return status === 503 && body === "redis-server not running";
      },
      { what: "/healthz to tell that Redis is gone" },
    );
    expect(await instance.process.exited).toEqual({ code: 1, signal: null });
    expect(instance.log().at(-1)).toMatchObject({
      level: "fatal",
      app: "instance-manager",
      cluster: "cache",
      namespace: "shop",
      pod: "cache-0",
      err: {
        code: "PROCESS_ENDED",
        message: expect.stringContaining("redis-server ended by itself by SIGKILL; it wrote last: "),
      },
    });
  });

  it("is exit code 1 with Redis' own reason when that can't start", async () => {
    await using folder = await createTemporaryDirectory("data");
    await using occupant = await startRedisServer();
    const { code, output } = await runToEnd({ REDIS_PORT: String(occupant.port), DATA_DIR: folder.path });
    expect(code).toBe(1);
    expect(output).toMatch(/redis-server ended by itself with exit code 1; [^"]*Address already in use/);
    expect(await occupant.client.ping()).toBe("PONG");
  });
});

describe("a manager that is killed", () => {
  it("takes Redis with it, and the next one finds all that was acknowledged", async () => {
    await using folder = await createTemporaryDirectory("data");
    const file = join(folder.path, "user.conf");
    await writeFile(file, "appendfsync always\n");
    const env = { DATA_DIR: folder.path, REDIS_CONFIG_FILE: file };
    for (let start = 0; start < 3; start += 1) {
      await using instance = await startSupervised(env);
      await becomesReady(instance);
      expect(await instance.send("INCR", "starts")).toBe(start + 1);
      const pid = instance.redisPid();
      instance.process.kill("SIGKILL");
      await instance.process.exited;
      await waitFor(() => !isRunning(pid), { what: "Redis to end" });
    }
  });
});
