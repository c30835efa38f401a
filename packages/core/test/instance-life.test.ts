import { readFile } from "node:fs/promises";
import { createTemporaryDirectory, startProcess, startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createProcessTable } from "../src/process/proc-table.ts";
import { createToldObserver, self, startInstance, type TestedInstance } from "./instance-fixture.ts";

const me = { podName: self, ip: undefined };
const them = { podName: "cache-1", ip: "198.51.100.2" };

function pidOf({ lines }: TestedInstance): number {
  return Number(lines.findLast(({ message }) => message === "redis-server started")?.fields["pid"]);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("a fenced instance", () => {
  it.each([
    ["its name", [self]],
    ["all", ["*"]],
  ])("has its Redis stopped, which has saved, until the fence is lifted: %s", async (_, fencedPods) => {
    const observer = createToldObserver();
    observer.tell({ primary: me });
    await using instance = await startInstance({ observer });
    await instance.becomesReady();
    await instance.send("SET", "key", "value");
    const pid = pidOf(instance);
    observer.tell({ primary: me, fencedPods });
    await waitFor(() => !isRunning(pid), { what: "Redis to end" });
    expect(instance.instance.isFenced()).toBe(true);
    expect(instance.instance.notReadyReason()).toBe("fenced by redis.io/fencedInstances");
    expect(instance.instance.isMeantToRun()).toBe(false);
    expect(await instance.instance.isRunning()).toBe(true);
    expect(instance.lines).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining("is now ready to exit") }),
    );

    observer.tell({ primary: me, fencedPods: ["cache-1"] });
    await instance.becomesReady();
    expect(instance.instance.isFenced()).toBe(false);
    expect(await instance.send("GET", "key")).toBe("value");
    expect(await instance.status()).toMatchObject({ role: "primary" });
  });

  it("isn't kept down before its Redis has ended, which may take writes until then", async () => {
    const observer = createToldObserver();
    observer.tell({ primary: me });
    const [told, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const beforeStop = () => {
      told.resolve();
      return released.promise;
    };
    await using instance = await startInstance({ observer, beforeStop });
    await instance.becomesReady();
    const pid = pidOf(instance);
    observer.tell({ primary: me, fencedPods: [self] });
    await told.promise;
    const whileItEnds = {
      isFenced: instance.instance.isFenced(),
      isKeptDown: instance.instance.isKeptDown(),
      isRunning: isRunning(pid),
    };
    released.resolve();
    expect(whileItEnds).toEqual({ isFenced: true, isKeptDown: false, isRunning: true });
    await waitFor(() => instance.instance.isKeptDown(), { what: "Redis to be kept down" });
    expect(isRunning(pid)).toBe(false);
  });

  it.each(["api-server", "disk"] as const)(
    "isn't started in the first place, as known from the %s",
    async (source) => {
      const observer = createToldObserver();
      observer.tell({ primary: me, fencedPods: [self] }, source);
      await using instance = await startInstance({ observer });
      await instance.isHeld("fenced");
      observer.tell({ primary: me, fencedPods: [] });
      await instance.becomesReady();
      expect(instance.lines.filter(({ message }) => message === "redis-server started")).toHaveLength(1);
    },
  );

  it("comes back in the role that holds by then", async () => {
    const observer = createToldObserver();
    observer.tell({ primary: me });
    await using instance = await startInstance({ observer });
    await instance.becomesReady();
    observer.tell({ primary: me, fencedPods: [self] });
    await instance.isHeld("fenced");
    observer.tell({ primary: them });
    await instance.becomesReady();
    expect(await instance.status()).toMatchObject({ role: "replica", primary: { host: them.ip } });
  });

  it("can be stopped", async () => {
    const observer = createToldObserver();
    observer.tell({ fencedPods: ["*"] });
    await using instance = await startInstance({ observer });
    expect(await instance.isHeld("fenced")).toBe(true);
    await instance.instance.stop();
    await expect(instance.ended).resolves.toBeUndefined();
  });
});

describe("an instance that ends", () => {
  it("fails with how Redis ended, and what it wrote last, when that crashes", async () => {
    await using instance = await startInstance();
    await instance.becomesReady();
    process.kill(pidOf(instance), "SIGSEGV");
    await expect(instance.ended).rejects.toMatchObject({
      code: "PROCESS_ENDED",
      message: expect.stringMatching(/^redis-server ended by itself by SIGSEGV; it wrote last: .+/),
    });
    expect(await instance.instance.isRunning()).toBe(false);
  });

  it("fails with Redis' own reason when that can't start", async () => {
    await using occupant = await startRedisServer();
    await using instance = await startInstance({ port: occupant.port });
    await expect(instance.ended).rejects.toMatchObject({
      code: "PROCESS_ENDED",
      message: expect.stringMatching(
        /^redis-server ended by itself with exit code 1; .*Address already in use/,
      ),
    });
    expect(await occupant.client.ping()).toBe("PONG");
  });

  it("fails when its configuration is refused", async () => {
    await using instance = await startInstance({ directives: { port: "1" } });
    await expect(instance.ended).rejects.toMatchObject({ code: "REDIS_CONFIG_INVALID" });
  });

  it("doesn't start Redis any more when it is stopped before it knows in which role", async () => {
    const observer = createToldObserver();
    await using instance = await startInstance({ observer, firstReadingMs: 60_000 });
    await instance.instance.stop();
    await instance.ended;
    expect(instance.lines.map(({ message }) => message)).not.toContain("redis-server started");
  });

  it("stops Redis however early it is stopped, and once", async () => {
    await using instance = await startInstance();
    await Promise.all([instance.instance.stop(), instance.instance.stop()]);
    await instance.ended;
    const started = instance.lines.filter(({ message }) => message === "redis-server started");
    const stopped = instance.lines.filter(({ message }) => message === "redis-server stopped");
    expect(stopped).toHaveLength(started.length);
  });
});

describe("a data directory", () => {
  it("is given to one manager at a time", async () => {
    await using folder = await createTemporaryDirectory("data");
    await using first = await startInstance({ dir: folder.path });
    await first.becomesReady();
    {
      await using second = await startInstance({ dir: folder.path });
      await expect(second.ended).rejects.toMatchObject({
        code: "PROCESS_START_FAILED",
        message: expect.stringContaining(
          `another instance manager runs on the data directory ${folder.path}`,
        ),
      });
    }
    await first.send("SET", "key", "value");
    await first.instance.stop();
    await using third = await startInstance({ dir: folder.path });
    await third.becomesReady();
    expect(await third.send("GET", "key")).toBe("value");
  });

  it.each([
    ["serves", "SIGCONT"],
    ["is stopped with SIGSTOP", "SIGSTOP"],
  ] as const)("is freed of a Redis that a manager has left behind, which saves: it %s", async (_, signal) => {
    await using folder = await createTemporaryDirectory("data");
    await using orphan = await startRedisServer({ dir: folder.path, directives: { save: ["3600", "1"] } });
    await orphan.client.set("key", "value");
    orphan.process.kill(signal);
    await using instance = await startInstance({ dir: folder.path });
    await instance.becomesReady();
    expect(orphan.process.hasExited()).toBe(true);
    expect(await instance.send("GET", "key")).toBe("value");
    expect(instance.lines).toContainEqual(
      expect.objectContaining({
        level: "warn",
        fields: { pid: orphan.process.pid, dataDir: folder.path },
        message: "ending the redis-server that a manager before this one left behind",
      }),
    );
  });
});

describe("a saving child that has outlived its redis-server", () => {
  it("is killed, before it puts its old snapshot in place of a newer one", async () => {
    await using folder = await createTemporaryDirectory("data");
    await using server = await startRedisServer({
      dir: folder.path,
      directives: { "rdb-key-save-delay": "1000000" },
    });
    await server.client.mset(Object.fromEntries(Array.from({ length: 100 }, (_, key) => [key, "value"])));
    await server.client.bgsave();
    const child = await waitFor(
      async () =>
        Number(
          (await readFile(`/proc/${server.process.pid}/task/${server.process.pid}/children`, "utf8")).trim(),
        ) || undefined,
      { what: "the child" },
    );
    server.process.kill("SIGKILL");
    await using instance = await startInstance({ dir: folder.path });
    await instance.becomesReady();
    expect(await createProcessTable().find(child)).toBeUndefined();
  });
});

describe("a redis-server whose manager was killed", () => {
  it("ends with it", async () => {
    await using folder = await createTemporaryDirectory("data");
    // In place of the manager: a process that starts Redis as the manager does, and waits.
    const program = `
      import { startSupervisedProcess } from ${JSON.stringify(new URL("../src/process/supervised-process.ts", import.meta.url).href)};
      const logger = { debug() {}, info(fields, message) { console.log(message, fields.pid); }, warn() {}, error() {} };
      await startSupervisedProcess({ binary: "redis-server", args: ["--port", "0", "--dir", ${JSON.stringify(folder.path)}], logger });
    `;
    await using manager = await startProcess({
      command: process.execPath,
      args: ["--input-type=module", "--eval", program],
      env: process.env,
    });
    const pid = await waitFor(
      () => Number(/redis-server started (\d+)/.exec(manager.output())?.[1]) || undefined,
      {
        what: "Redis",
      },
    );
    manager.kill("SIGKILL");
    await manager.exited;
    const hasEnded = await waitFor(() => !isRunning(pid), { what: "Redis to end with its manager" });
    expect(hasEnded).toBe(true);
  });
});
