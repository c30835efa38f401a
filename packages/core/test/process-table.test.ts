import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createProcessTable } from "../src/process/proc-table.ts";

function statLine({ pid = 12, name = "redis-server", state = "S", startTime = "4711" }) {
  const before = Array.from({ length: 18 }, (_, index) => index).join(" ");
  return `${pid} (${name}) ${state} ${before} ${startTime} 22 23 24\n`;
}

describe("createProcessTable", () => {
  it("lists the live processes and skips what else lies in /proc", async () => {
    await using folder = await createTemporaryDirectory("proc");
    for (const [pid, stat] of [
      ["1", statLine({ pid: 1, name: "tini" })],
      ["12", statLine({})],
      ["13", statLine({ pid: 13, state: "Z" })],
      ["self", statLine({ pid: 14 })],
    ] as const) {
      await mkdir(join(folder.path, pid));
      await writeFile(join(folder.path, pid, "stat"), stat);
    }
    await mkdir(join(folder.path, "99"));
    const table = createProcessTable(folder.path);
    expect((await table.list()).map(({ pid }) => pid)).toEqual([1, 12]);
    expect(await table.find(12)).toMatchObject({ name: "redis-server" });
    expect(await table.find(13)).toBeUndefined();
    expect(await table.find(99)).toBeUndefined();
  });

  it("is empty on a system without /proc", async () => {
    const table = createProcessTable("/nonexistent");
    expect(await table.list()).toEqual([]);
    expect(await table.find(process.pid)).toBeUndefined();
  });

  it.runIf(existsSync("/proc/self/stat"))("finds a real process", async () => {
    const child = spawn("sleep", ["60"]);
    try {
      const found = await createProcessTable("/proc").find(child.pid ?? 0);
      expect(found).toMatchObject({ pid: child.pid, name: expect.any(String) });
    } finally {
      child.kill("SIGKILL");
    }
  });
});
