import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createTemporaryDirectory, startProcess, startRedisServer } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { completeRestore } from "../src/restore/complete-restore.ts";
import { completePlacement, placeStaged } from "../src/restore/placement.ts";
import { lockDataDirectory } from "../src/restore/restore-lock.ts";
import { type RestoreMarker, writeMarker } from "../src/restore/restore-marker.ts";
import { createRecordingLogger } from "./recording-logger.ts";

const aofFile = "appendonlydir/appendonly.aof.manifest";
const staged = ".restore-staging/complete";
const aside = ".before-restore-now";

/** Fills a folder with files, by their path and text. */
async function createDataDirectory(files: Readonly<Record<string, string>>) {
  const folder = await createTemporaryDirectory("data");
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
  return folder;
}

/** Every file in a folder but the marker, by its path. */
async function readFiles(dir: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name !== ".restore.json")
    .map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    paths.map(async (path) => [path.slice(dir.length + 1), await readFile(path, "utf8")]),
  );
  return Object.fromEntries(texts);
}

function createMarker(target: string, entries: readonly string[]): RestoreMarker {
  return {
    source: "s3://backups/nightly.rdb",
    checksumSha256: "0".repeat(64),
    sizeBytes: 3,
    earlierSources: [],
    state: "placing",
    restoredAt: "2026-11-22T01:00:00.000Z",
    target,
    ...(entries.length > 0 && { replaced: { folder: aside, entries } }),
  };
}

/** Tells whether a program succeeded. */
async function run(command: string, args: readonly string[]): Promise<boolean> {
  await using program = await startProcess({ command, args });
  return (await program.exited).code === 0;
}

const oldData = { "dump.rdb": "old", [aofFile]: "old" };

/** The steps of a placement over data in both forms, as often as a crash lets them be done. */
const placements = [
  {
    target: "appendonlydir",
    entries: ["appendonlydir", "dump.rdb"],
    before: { ...oldData, [`${staged}/${aofFile}`]: "new" },
    steps: [
      (dir: string) => mkdir(join(dir, aside)),
      (dir: string) => rename(join(dir, "appendonlydir"), join(dir, aside, "appendonlydir")),
      (dir: string) => rename(join(dir, staged, "appendonlydir"), join(dir, "appendonlydir")),
      (dir: string) => rename(join(dir, "dump.rdb"), join(dir, aside, "dump.rdb")),
    ],
    after: { [aofFile]: "new", [`${aside}/${aofFile}`]: "old", [`${aside}/dump.rdb`]: "old" },
  },
  {
    target: "dump.rdb",
    entries: ["appendonlydir", "dump.rdb"],
    before: { ...oldData, [`${staged}/dump.rdb`]: "new" },
    steps: [
      (dir: string) => mkdir(join(dir, aside)),
      (dir: string) => link(join(dir, "dump.rdb"), join(dir, aside, "dump.rdb")),
      (dir: string) => rename(join(dir, staged, "dump.rdb"), join(dir, "dump.rdb")),
      (dir: string) => rename(join(dir, "appendonlydir"), join(dir, aside, "appendonlydir")),
    ],
    after: { "dump.rdb": "new", [`${aside}/${aofFile}`]: "old", [`${aside}/dump.rdb`]: "old" },
  },
];

const crashes = placements.flatMap((placement) =>
  [...placement.steps.keys(), placement.steps.length].map(
    (count) => [placement.target, count, placement] as const,
  ),
);

describe("a placement", () => {
  it.each(placements)("puts $target into its place and moves what was there aside", async (placement) => {
    await using folder = await createDataDirectory(placement.before);
    const { state: _state, ...marker } = createMarker(placement.target, placement.entries);
    expect(await placeStaged(folder.path, marker)).toEqual({ ...marker, state: "done" });
    expect(await readFiles(folder.path)).toEqual(placement.after);
  });

  it.each(crashes)("of %s is completed after a crash behind step %i", async (target, count, placement) => {
    await using folder = await createDataDirectory(placement.before);
    await writeMarker(folder.path, createMarker(target, placement.entries));
    for (const step of placement.steps.slice(0, count)) await step(folder.path);
    expect(await completePlacement(folder.path)).toMatchObject({ state: "done" });
    expect(await readFiles(folder.path)).toEqual(placement.after);
  });

  it("is completed before Redis starts, and that is logged", async () => {
    const [placement] = placements;
    await using folder = await createDataDirectory(placement?.before ?? {});
    await writeMarker(folder.path, createMarker("appendonlydir", placement?.entries ?? []));
    const { logger, lines } = createRecordingLogger();
    await completeRestore(folder.path, { logger });
    await completeRestore(folder.path, { logger });
    expect(await readFiles(folder.path)).toEqual(placement?.after);
    expect(lines).toEqual([
      {
        level: "warn",
        fields: { source: "s3://backups/nightly.rdb", path: join(folder.path, "appendonlydir") },
        message: "completed a restore that was cut off",
      },
    ]);
  });

  it("that fails says that it is completed later, and is", async () => {
    const [placement] = placements;
    await using folder = await createDataDirectory(placement?.before ?? {});
    // In the way of a folder.
    await writeFile(join(folder.path, aside), "");
    const { state: _state, ...marker } = createMarker("appendonlydir", placement?.entries ?? []);
    await expect(placeStaged(folder.path, marker)).rejects.toMatchObject({
      code: "RESTORE_PLACEMENT_FAILED",
      message: expect.stringMatching(
        /^placing appendonlydir in .* failed: .*; what is left to do is done by the next run, or by the manager before it starts Redis$/,
      ),
    });
    await rm(join(folder.path, aside));
    expect(await completePlacement(folder.path)).toMatchObject({ state: "done" });
    expect(await readFiles(folder.path)).toEqual(placement?.after);
  });

  it("that fails before it began leaves the data as they were", async () => {
    await using folder = await createDataDirectory(oldData);
    const { state: _state, ...marker } = createMarker("dump.rdb", ["dump.rdb"]);
    await expect(placeStaged(folder.path, marker)).rejects.toMatchObject({
      code: "RESTORE_PLACEMENT_FAILED",
      message: expect.not.stringContaining("next run"),
    });
    expect(await readFiles(folder.path)).toEqual(oldData);
  });

  it("keeps data that appeared where there was none while it was cut off", async () => {
    const files = { "dump.rdb": "live", [`${staged}/dump.rdb`]: "new" };
    await using folder = await createDataDirectory(files);
    await writeMarker(folder.path, createMarker("dump.rdb", []));
    await expect(completePlacement(folder.path)).rejects.toMatchObject({ code: "RESTORE_DATA_EXISTS" });
    expect(await readFiles(folder.path)).toEqual(files);
  });

  it.each([
    ["the append-only directory", "appendonlydir", aofFile],
    ["the snapshot", "dump.rdb", "dump.rdb"],
  ])("keeps both when %s appeared anew after it had been moved aside", async (_what, target, path) => {
    const files = { [path]: "live", [`${aside}/${path}`]: "old", [`${staged}/${path}`]: "new" };
    await using folder = await createDataDirectory(files);
    await writeMarker(folder.path, createMarker(target, [target]));
    await expect(completePlacement(folder.path)).rejects.toMatchObject({ code: "RESTORE_DATA_EXISTS" });
    expect(await readFiles(folder.path)).toEqual(files);
  });

  it("is not taken for done when what was staged is gone", async () => {
    await using folder = await createDataDirectory({ other: "file" });
    await writeMarker(folder.path, createMarker("dump.rdb", []));
    await expect(completePlacement(folder.path)).rejects.toMatchObject({
      code: "RESTORE_PLACEMENT_FAILED",
      message: expect.stringContaining("to restore anew, remove .restore.json"),
    });
  });

  it.each([
    ["a folder outside", { target: "../dump.rdb" }],
    ["a state that isn't one", { state: "half" }],
    ["earlier restores of something else", { earlierSources: ["backups/nightly.rdb"] }],
    ["a list that isn't one", { replaced: { folder: aside, entries: "dump.rdb" } }],
  ])("is not attempted by a marker with %s", async (_what, changes) => {
    await using folder = await createDataDirectory({});
    const marker = { ...createMarker("dump.rdb", []), ...changes };
    await writeFile(join(folder.path, ".restore.json"), JSON.stringify(marker));
    await expect(completePlacement(folder.path)).rejects.toMatchObject({
      code: "RESTORE_PLACEMENT_FAILED",
      message: expect.stringMatching(/^reading .*\.restore\.json failed: its field /),
    });
  });

  it("says it when the data directory can't be written to", async () => {
    await using folder = await createDataDirectory({});
    await rm(folder.path, { recursive: true });
    await expect(writeMarker(folder.path, createMarker("dump.rdb", []))).rejects.toMatchObject({
      code: "RESTORE_PLACEMENT_FAILED",
    });
  });
});

describe("what a killed restore has left", () => {
  it("is removed before Redis starts, and its redis-server ended", async () => {
    await using folder = await createDataDirectory({
      ...oldData,
      ".restore-staging/scratch/dump.rdb": "new",
    });
    await rm(join(folder.path, ".restore-staging", "scratch", "dump.rdb"));
    await using left = await startRedisServer({ dir: join(folder.path, ".restore-staging", "scratch") });
    const { logger, lines } = createRecordingLogger();
    await completeRestore(folder.path, { logger });
    expect(await left.process.exited).toMatchObject({ signal: "SIGKILL" });
    expect((await readdir(folder.path)).toSorted()).toEqual(["appendonlydir", "dump.rdb"]);
    expect(lines).toEqual([
      {
        level: "info",
        fields: { path: join(folder.path, ".restore-staging") },
        message: "removed what a restore that was cut off had left",
      },
    ]);
  });

  it("is found too when Redis has another name here", async () => {
    await using folder = await createDataDirectory({ [`${staged}/dump.rdb`]: "new" });
    const { logger } = createRecordingLogger();
    const binary = join(folder.path, "other-server");
    // Stays until it is killed.
    await writeFile(binary, "#!/bin/sh\nkill -STOP $$\n", { mode: 0o755 });
    await using left = await startProcess({ command: binary, args: [], cwd: join(folder.path, staged) });
    await completeRestore(folder.path, { logger, binary });
    expect(await left.exited).toMatchObject({ signal: "SIGKILL" });
  });

  it.runIf(process.getuid?.() === 0)("keeps no Redis from starting when it can't be removed", async () => {
    await using folder = await createDataDirectory({ [`${staged}/dump.rdb`]: "new" });
    const path = join(folder.path, ".restore-staging");
    if (!(await run("mount", ["-t", "tmpfs", "tmpfs", path]))) {
      process.stderr.write("skipped: this machine lets nobody mount a tmpfs\n");
      return;
    }
    const { logger, lines } = createRecordingLogger();
    await completeRestore(folder.path, { logger });
    await run("umount", [path]);
    expect(lines).toEqual([
      {
        level: "warn",
        fields: { path, reason: expect.stringContaining("EBUSY") },
        message: "what a restore that was cut off had left stays",
      },
    ]);
  });

  it("is left alone while a restore is running, and Redis is not started", async () => {
    const files = { [`${staged}/dump.rdb`]: "half" };
    await using folder = await createDataDirectory(files);
    await using _lock = await lockDataDirectory(folder.path);
    const { logger } = createRecordingLogger();
    await expect(completeRestore(folder.path, { logger })).rejects.toMatchObject({
      code: "RESTORE_DATA_IN_USE",
    });
    expect(await readFiles(folder.path)).toEqual(files);
  });

  it("keeps no Redis from starting when there is nothing", async () => {
    await using folder = await createDataDirectory(oldData);
    await using _lock = await lockDataDirectory(folder.path);
    const { logger, lines } = createRecordingLogger();
    await completeRestore(folder.path, { logger });
    expect(lines).toEqual([]);
  });
});
