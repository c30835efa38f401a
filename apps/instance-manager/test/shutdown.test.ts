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

  it("ends though Redis has ended before", async () => {
    await using instance = await startSupervised();
    await becomesReady(instance);
    process.kill(instance.redisPid(), "SIGKILL");
    await waitFor(async () => (await ask(instance, "/healthz")).status === 503, { what: "/healthz 503" });
    instance.process.kill("SIGTERM");
    expect(await instance.process.exited).toEqual(wellEnded);
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
    const pid = Number(/"pid":(\d+),"msg":"redis-server started"/.exec(output)?.[1]);
    expect(pid).toBeGreaterThan(0);
    expect(isRunning(pid)).toBe(false);
  });
});

describe("a Redis that can't start", () => {
  it("is told by the probes and by the log, with Redis' own reason", async () => {
    await using occupant = await startRedisServer();
    await using instance = await startSupervised({ REDIS_PORT: String(occupant.port) });
    await waitFor(async () => (await ask(instance, "/healthz")).status === 503, { what: "/healthz 503" });
    expect(await ask(instance, "/healthz")).toEqual(plainText(503, "redis-server not running"));
    expect(instance.log()).toContainEqual(
      expect.objectContaining({ source: "redis", msg: expect.stringContaining("Address already in use") }),
    );
    expect(await occupant.client.ping()).toBe("PONG");
  });
});
