import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
  createServerCertificate,
  createTemporaryDirectory,
  startHttpServer,
  startProcess,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobInstance } from "./backups-fixture.ts";
import { readPersistence, runRestore, startBackedUpInstance, startOn } from "./restore-fixture.ts";

const keyCount = 2_000;
// Ten restores are begun, killed and repeated.
const killTimeoutMs = 180_000;

type Backups = Readonly<Record<"rdb" | "aof", string>>;
let source: Awaited<ReturnType<typeof startBackedUpInstance>>;
let backups: Backups;

beforeAll(async () => {
  source = await startBackedUpInstance(({ redis }) => {
    const pipeline = redis.client.pipeline();
    // 16 MB that can't be compressed, so that a restore takes a moment.
    for (let index = 1; index < keyCount; index += 1) pipeline.set(`key:${index}`, randomBytes(8 * 1024));
    // And 8 MB that only the archive compresses.
    pipeline.set("zeros", Buffer.alloc(8 * 1024 * 1024));
    return pipeline.exec();
  });
  backups = { rdb: await source.backUp("rdb"), aof: await source.backUp("aof") };
});
afterAll(() => source[Symbol.asyncDispose]());

const settings = (["rdb", "aof"] as const).flatMap((method) =>
  (["yes", "no"] as const).map((appendonly) => [method, appendonly] as const),
);

describe("restore", () => {
  it.each(settings)(
    "restores a backup by %s for a manager that is configured with appendonly %s, which then keeps it",
    async (method, appendonly) => {
      await using folder = await createTemporaryDirectory("data");
      const configFile = join(folder.path, "user.conf");
      await writeFile(configFile, `appendonly ${appendonly}\nsave 3600 1\n`);
      const env = { DATA_DIR: join(folder.path, "data"), REDIS_CONFIG_FILE: configFile };
      const { code, log, output } = await source.run(backups[method], ["--verify"], env);
      expect(output).toContain("restored s3://");
      expect(code).toBe(0);
      expect(log.map(({ phase }) => phase)).toEqual(["downloading", "checking", "loading", undefined]);
      expect(log.at(-1)).toMatchObject({
        level: "info",
        status: "restored",
        source: backups[method],
        keyCounts: { db0: keyCount },
        path: join(env.DATA_DIR, appendonly === "yes" ? "appendonlydir" : "dump.rdb"),
      });
      for (const expected of [keyCount, keyCount + 1]) {
        await using instance = await startOn(env.DATA_DIR, env);
        expect(await instance.redis.send(["DBSIZE"])).toBe(expected);
        expect(await readPersistence(instance.redis, "aof_enabled")).toBe(appendonly === "yes" ? "1" : "0");
        await instance.redis.send(["SET", "later", "value"]);
      }
    },
  );

  it.each(["rdb", "aof"] as const)(
    "verifies a backup by %s that was made while keys were written",
    async (method) => {
      await using folder = await createTemporaryDirectory("data");
      await using written = await startBackedUpInstance(() => Promise.resolve());
      const stop = new AbortController();
      const writing = writeKeys(written.instance.redis.client, stop.signal);
      await waitFor(async () => (await written.instance.redis.client.dbsize()) > 1_000, {
        what: "the writes",
      });
      const from = await written.backUp(method);
      stop.abort();
      await writing;
      const { code, log } = await written.run(from, ["--data-dir", folder.path, "--verify"]);
      expect(log.at(-1)).toMatchObject({ status: "restored", keyCounts: { db0: expect.any(Number) } });
      expect(code).toBe(0);
    },
  );

  it("places a snapshot for a manager that turns AOF on once it has loaded it", async () => {
    await using folder = await createTemporaryDirectory("data");
    const args = ["--data-dir", folder.path, "--appendonly", "no"];
    expect(await source.run(backups.rdb, args)).toMatchObject({ code: 0 });
    {
      await using instance = await startOn(folder.path);
      expect(await instance.redis.send(["DBSIZE"])).toBe(keyCount);
      await waitFor(async () => Number(await readPersistence(instance.redis, "aof_base_size")) > 0, {
        what: "the append-only file to be complete",
      });
      await instance.redis.send(["SET", "later", "value"]);
    }
    await using instance = await startOn(folder.path);
    expect(await instance.redis.send(["DBSIZE"])).toBe(keyCount + 1);
    expect(await readPersistence(instance.redis, "aof_enabled")).toBe("1");
  });

  it("touches nothing when it runs again, forced and without its store, and says how to restore anew", async () => {
    await using folder = await createTemporaryDirectory("data");
    const args = ["--data-dir", folder.path];
    await source.run(backups.rdb, args);
    {
      await using instance = await startOn(folder.path);
      await instance.redis.send(["SET", "live", "value"]);
    }
    const again = await runRestore([
      "--from",
      backups.rdb,
      "--endpoint",
      "http://127.0.0.1:1",
      "--force",
      ...args,
    ]);
    expect(again.code).toBe(0);
    expect(again.log).toMatchObject([{ level: "info", status: "already-restored" }]);
    expect(again.output).toContain(`remove ${join(folder.path, ".restore.json")}`);
    await using instance = await startOn(folder.path);
    expect(await instance.redis.send(["DBSIZE"])).toBe(keyCount + 1);
  });

  it("fails with one line and a stable code on a directory that a manager runs on", async () => {
    await using folder = await createTemporaryDirectory("data");
    await using _instance = await startOn(folder.path);
    const { code, log } = await source.run(backups.rdb, ["--data-dir", folder.path, "--force"]);
    expect(code).toBe(1);
    expect(log).toMatchObject([{ level: "error", code: "RESTORE_DATA_IN_USE" }]);
  });

  it("trusts the certificates that it is given", async () => {
    await using folder = await createTemporaryDirectory("data");
    const certificate = await createServerCertificate();
    const caFile = join(folder.path, "ca.crt");
    await writeFile(caFile, certificate.ca);
    const server = createServer(certificate, (request, response) => {
      void fetch(`${source.instance.store.endpoint}${request.url ?? ""}`)
        .then(async (answer) => [answer.status, Buffer.from(await answer.arrayBuffer())] as const)
        .then(([status, body]) => response.writeHead(status, { "content-length": body.length }).end(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const endpoint = `https://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    const args = ["--from", backups.rdb, "--endpoint", endpoint, "--data-dir", join(folder.path, "data")];
    const refused = await runRestore(args, source.env);
    const trusted = await runRestore([...args, "--ca-file", caFile], source.env);
    server.closeAllConnections();
    server.close();
    expect(refused.log.at(-1)).toMatchObject({ code: "RESTORE_DOWNLOAD_FAILED" });
    expect(trusted).toMatchObject({ code: 0 });
  });

  it("gives up a download that takes longer than BACKUP_UPLOAD_TIMEOUT", async () => {
    await using folder = await createTemporaryDirectory("data");
    // Never answers.
    await using store = await startHttpServer(() => undefined);
    const args = [
      "--from",
      backups.rdb,
      "--endpoint",
      `http://127.0.0.1:${store.port}`,
      "--data-dir",
      folder.path,
    ];
    const { code, log } = await runRestore(args, { ...source.env, BACKUP_UPLOAD_TIMEOUT: "1s" });
    expect(code).toBe(1);
    expect(log.at(-1)).toMatchObject({
      code: "RESTORE_DOWNLOAD_FAILED",
      msg: expect.stringContaining("not finished within 1000 ms"),
    });
  });

  it("shows Redis' programs no variable but PATH", async () => {
    await using folder = await createTemporaryDirectory("programs");
    for (const name of ["redis-server", "redis-check-rdb"]) {
      const file = join(folder.path, name);
      const script = `#!/bin/sh\ncat /proc/$$/environ > ${file}.env\nexec ${name} "$@"\n`;
      await writeFile(file, script, { mode: 0o755 });
    }
    const args = ["--data-dir", join(folder.path, "data"), "--verify"];
    const env = { REDIS_BINARY: join(folder.path, "redis-server"), AWS_SECRET_ACCESS_KEY: "secret" };
    expect(await source.run(backups.rdb, args, env)).toMatchObject({ code: 0 });
    for (const name of ["redis-server", "redis-check-rdb"]) {
      const variables = await readFile(join(folder.path, `${name}.env`), "utf8");
      expect(variables).toBe(`PATH=${process.env["PATH"]}\0`);
    }
  });

  it("prints its usage when it is asked", async () => {
    expect(await runRestore(["--help"])).toMatchObject({
      code: 0,
      output: expect.stringContaining("--from s3://<bucket>/<key>"),
    });
  });

  it.each([
    ["nothing to restore from", [], {}, "--from is missing"],
    ["an unknown option", ["--form", "x"], {}, "Unknown option '--form'"],
    ["another argument", ["x"], {}, "Unexpected argument 'x'"],
    ["no URI", ["--from", "bucket/key"], {}, "--from must be s3://<bucket>/<key>"],
    ["no URL as the endpoint", ["--from", "s3://b/k", "--endpoint", "host:9000"], {}, "--endpoint must be"],
    ["no certificates", ["--from", "s3://b/k", "--ca-file", "/etc/hostname"], {}, "--ca-file must be"],
    [
      "a file that isn't there",
      ["--from", "s3://b/k", "--ca-file", "/nowhere"],
      {},
      "--ca-file can't be read",
    ],
    [
      "neither yes nor no",
      ["--from", "s3://b/k", "--appendonly", "on"],
      {},
      "--appendonly must be yes or no",
    ],
    ["a name in a folder", ["--from", "s3://b/k", "--dbfilename", "../x"], {}, "--dbfilename must be a name"],
    ["an environment that is wrong", ["--from", "s3://b/k"], { REDIS_PORT: "x" }, "REDIS_PORT: "],
  ])("refuses %s with exit code 2 and one line", async (_what, args, env, message) => {
    const { code, output } = await runRestore(args, env);
    expect(code).toBe(2);
    expect(output).toContain(message);
    expect(output.trim().split("\n")).toHaveLength(1);
  });
});

describe("a restore that ends in the middle", () => {
  it(
    "leaves the old data or the new when it is killed at any moment, and the next run completes it",
    async () => {
      await using folder = await createTemporaryDirectory("data");
      await using reference = await createTemporaryDirectory("data");
      const started = performance.now();
      await source.run(backups.aof, ["--data-dir", reference.path]);
      const durationMs = performance.now() - started;
      const newData = await fingerprint(reference.path);

      const dataDir = join(folder.path, "data");
      for (let attempt = 0; attempt < 10; attempt += 1) {
        const dir = join(dataDir, String(attempt));
        {
          await using old = await startRedisServer({
            dir: await makeFolder(dir),
            directives: { appendonly: "yes" },
          });
          await old.client.set("old", "value");
        }
        const oldData = await fingerprint(dir);
        const args = ["--data-dir", dir, "--force", "--verify"];
        {
          await using command = await source.start(backups.aof, args);
          await Promise.race([command.exited, pause(Math.random() * durationMs * 1.5)]);
          command.kill("SIGKILL");
          await command.exited;
        }
        const found = await fingerprint(dir);
        const marker = await readFile(join(dir, ".restore.json"), "utf8").catch(() => "");
        // Between two renames there is neither; the marker then has the next start of either program complete it.
        expect([oldData, newData, ...(marker.includes('"placing"') ? [undefined] : [])]).toContain(found);

        expect(await source.run(backups.aof, args)).toMatchObject({ code: 0 });
        expect(await fingerprint(dir)).toBe(newData);
        const left = (await readdir(dir)).filter((name) => !name.startsWith(".before-restore-"));
        expect(left.toSorted()).toEqual([".restore.json", "appendonlydir"]);
      }
      await using instance = await startOn(join(dataDir, "0"));
      expect(await instance.redis.send(["DBSIZE"])).toBe(keyCount);
    },
    killTimeoutMs,
  );

  it("removes what it has downloaded when it is told to stop", async () => {
    await using folder = await createTemporaryDirectory("data");
    const slowBinary = join(folder.path, "slow-server");
    const seen = join(folder.path, "seen");
    // Stands in for a check that takes long.
    await writeFile(join(folder.path, "slow-check-rdb"), `#!/bin/sh\ntouch ${seen}\nexec sleep 60\n`, {
      mode: 0o755,
    });
    const dir = join(folder.path, "data");
    await using command = await source.start(backups.rdb, ["--data-dir", dir, "--redis-binary", slowBinary]);
    await waitFor(() => readFile(seen).then(() => true), { what: "the check to run" });
    command.kill("SIGTERM");
    expect(await command.exited).toMatchObject({ code: 1 });
    expect(command.output()).toContain('"code":"RESTORE_ABORTED"');
    expect(await readdir(dir)).toEqual([]);
  });

  it("is completed by the manager before Redis starts, when it was cut off between two renames", async () => {
    await using folder = await createTemporaryDirectory("data");
    const dir = join(folder.path, "data");
    await source.run(backups.rdb, ["--data-dir", dir]);
    // As it was a moment before its end.
    const markerFile = join(dir, ".restore.json");
    await writeFile(markerFile, (await readFile(markerFile, "utf8")).replace('"done"', '"placing"'));
    const complete = join(dir, ".restore-staging", "complete");
    await mkdir(complete, { recursive: true });
    await rename(join(dir, "appendonlydir"), join(complete, "appendonlydir"));
    await using instance = await startOn(dir);
    expect(await instance.redis.send(["DBSIZE"])).toBe(keyCount);
    expect(instance.log()).toContainEqual(
      expect.objectContaining({ msg: "completed a restore that was cut off" }),
    );
  });
});

describe("a restore into a volume that is too small", () => {
  it.runIf(process.getuid?.() === 0).each([
    ["a snapshot, before it is downloaded", "rdb", "yes", 10, "restoring s3://"],
    ["an archive, before its files are unpacked", "aof", "yes", 20, "unpacking "],
    ["an archive, when Redis makes a snapshot of it", "aof", "no", 34, "saving the backup as a snapshot"],
  ] as const)("says so of %s, and leaves nothing", async (_what, method, appendonly, sizeMiB, message) => {
    await using volume = await mountVolume(sizeMiB);
    if (volume === undefined) {
      process.stderr.write("skipped: this machine lets nobody mount a tmpfs\n");
      return;
    }
    const { code, log } = await source.run(backups[method], [
      "--data-dir",
      volume.path,
      "--appendonly",
      appendonly,
    ]);
    expect(code).toBe(1);
    expect(log.at(-1)).toMatchObject({
      code: "RESTORE_NO_SPACE",
      msg: expect.stringContaining(message),
    });
    expect(await readdir(volume.path)).toEqual([]);
  });
});

async function makeFolder(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true });
  return dir;
}

/** The names and contents of what Redis loads, as one text; `undefined` if it would find nothing. */
async function fingerprint(dataDir: string): Promise<string | undefined> {
  const directory = join(dataDir, "appendonlydir");
  const names = await readdir(directory).catch(() => undefined);
  if (names === undefined) return undefined;
  const hash = createHash("sha256");
  for (const name of names.toSorted()) hash.update(name).update(await readFile(join(directory, name)));
  return hash.digest("hex");
}

/** A volume of its own; `undefined` where this process may not mount one. */
async function mountVolume(sizeMiB: number) {
  const folder = await createTemporaryDirectory("volume");
  await using mount = await startProcess({
    command: "mount",
    args: ["-t", "tmpfs", "-o", `size=${sizeMiB}m`, "tmpfs", folder.path],
  });
  const isMounted = (await mount.exited).code === 0;
  if (!isMounted) {
    await folder[Symbol.asyncDispose]();
    return undefined;
  }
  return {
    path: folder.path,
    async [Symbol.asyncDispose]() {
      await using unmount = await startProcess({ command: "umount", args: [folder.path] });
      await unmount.exited;
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Writes new keys without a pause, in pipelines. */
async function writeKeys(client: JobInstance["redis"]["client"], signal: AbortSignal): Promise<void> {
  for (let first = 0; !signal.aborted; first += 200) {
    const pipeline = client.pipeline();
    for (let index = 0; index < 200; index += 1) pipeline.set(`written:${first + index}`, "value");
    await pipeline.exec();
  }
}
