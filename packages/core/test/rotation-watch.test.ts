import { setTimeout as pause } from "node:timers/promises";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory, waitFor } from "@redis-operator/testbed";
import { expect, it } from "vitest";
import { InstanceError } from "../src/errors.ts";
import type { RotatedSubject } from "../src/rotation/rotated-subject.ts";
import { startRotation } from "../src/rotation/rotation.ts";
import { createRecordingLogger } from "./recording-logger.ts";
import { projectVolume, replaceFile } from "./rotation-fixture.ts";

/** Watches one file; contents for which `refuses` has a reason are refused with it. */
async function watchFile(
  options: { readonly pollIntervalMs?: number; readonly settleMs?: number } = {},
  refuses: (text: string) => InstanceError | undefined = () => undefined,
) {
  const folder = await createTemporaryDirectory("watch");
  const file = join(folder.path, "file");
  await writeFile(file, "first");
  const { logger, lines } = createRecordingLogger();
  const applied: string[] = [];
  let isUnsettled = false;
  const subject: RotatedSubject = {
    name: "password",
    files: [file],
    isUnsettled: () => isUnsettled,
    apply([text = ""]) {
      const refusal = refuses(text);
      if (refusal !== undefined) return Promise.reject(refusal);
      applied.push(text);
      return Promise.resolve(undefined);
    },
  };
  const rotation = startRotation({
    subjects: [subject],
    pollIntervalMs: options.pollIntervalMs ?? 600_000,
    settleMs: options.settleMs ?? 20,
    logger,
  });
  await waitFor(() => applied.length > 0, { what: "the first look" });
  return {
    folder: folder.path,
    file,
    applied,
    lines,
    unsettle: (value: boolean) => void (isUnsettled = value),
    async [Symbol.asyncDispose]() {
      rotation.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function applies(watched: { readonly applied: readonly string[] }, text: string): Promise<void> {
  await waitFor(() => watched.applied.at(-1) === text, { what: `${text} to be applied` });
}

it("sees a file written in place, one renamed over it, and a link swapped beside it, by events alone", async () => {
  await using watched = await watchFile();
  await writeFile(watched.file, "written");
  await applies(watched, "written");
  await writeFile(join(watched.folder, "other"), "renamed");
  await rename(join(watched.folder, "other"), watched.file);
  await applies(watched, "renamed");
  await projectVolume(watched.folder, { file: "linked" });
  await applies(watched, "linked");
  await projectVolume(watched.folder, { file: "swapped" });
  await applies(watched, "swapped");
  expect(watched.applied).toEqual(["first", "written", "renamed", "linked", "swapped"]);
});

it("sees by its poll what no event told: a folder that was made anew", async () => {
  await using watched = await watchFile({ pollIntervalMs: 100 });
  await rm(watched.folder, { recursive: true });
  await waitFor(() => watched.lines.length > 0, { what: "the trouble" });
  await projectVolume(watched.folder, { file: "second" });
  await applies(watched, "second");
  await projectVolume(watched.folder, { file: "third" });
  await applies(watched, "third");
  expect(watched.applied).toEqual(["first", "second", "third"]);
  expect(watched.lines).toMatchObject([{ level: "warn", message: "password not rotated yet, trying again" }]);
});

it("applies no file that is still being written", async () => {
  // A writer that stood still for half a second would be taken for one that is done.
  await using watched = await watchFile({ settleMs: 500 });
  for (let length = 1; length <= 50; length += 1) {
    await writeFile(watched.file, "second".repeat(length));
    await pause(10);
  }
  await applies(watched, "second".repeat(50));
  expect(watched.applied).toEqual(["first", "second".repeat(50)]);
});

it("doesn't apply the same contents twice", async () => {
  await using watched = await watchFile();
  await replaceFile(watched.file, "first");
  await projectVolume(watched.folder, { file: "first" });
  await replaceFile(watched.file, "second");
  await applies(watched, "second");
  expect(watched.applied).toEqual(["first", "second"]);
});

it("looks again and again while its subject is unsettled", async () => {
  await using watched = await watchFile({ pollIntervalMs: 100 });
  watched.unsettle(true);
  await waitFor(() => watched.applied.length > 2, { what: "two more looks" });
  expect(new Set(watched.applied)).toEqual(new Set(["first"]));
});

it.each([
  ["REDIS_CONFIG_INVALID", "error"],
  ["REDIS_UNREACHABLE", "warn"],
] as const)("logs %s once for the same contents, and tries again", async (code, level) => {
  let attempts = 0;
  await using watched = await watchFile({ pollIntervalMs: 50 }, (text) => {
    if (text !== "bad") return undefined;
    attempts += 1;
    return new InstanceError(code, "the reason");
  });
  await replaceFile(watched.file, "bad");
  await waitFor(() => attempts > 2, { what: "a third attempt" });
  expect(watched.lines.map((line) => line.level)).toEqual([level]);
  await replaceFile(watched.file, "good");
  await applies(watched, "good");
  expect(watched.applied).toEqual(["first", "good"]);
});
