import { describe, expect, it } from "vitest";
import { isLeftover } from "./leftover.ts";
import type { UploadEntry } from "./upload-journal.ts";

const startedAt = "2026-11-22T10:00:00.000Z";
const earlier = "2026-11-21T10:00:00.000Z";
const later = "2026-11-22T11:00:00.000Z";
const old = { sizeBytes: 3, eTag: '"old"' };
const found = { sizeBytes: 4, eTag: '"found"' };

const none = { kind: "none" } as const;
const unknown = { kind: "unknown" } as const;
const replaced = { kind: "object", head: old, backupStartedAt: earlier } as const;

function entry(state: Partial<UploadEntry>): UploadEntry {
  return { store: { region: "eu" }, bucket: "b", objectKey: "k", startedAt, previous: none, ...state };
}

describe("isLeftover", () => {
  it.each([
    ["an object where none was, without metadata", {}, undefined],
    ["an object that replaced another, beside the metadata of that", { previous: replaced }, earlier],
    ["an object that replaced another, without metadata", { previous: replaced }, undefined],
    ["what the store had confirmed", { isStored: true, stored: found }, undefined],
    ["what was stored where nobody knows what was before", { previous: unknown, isStored: true }, undefined],
  ])("is true for %s", (_what, state, backupStartedAt) => {
    expect(isLeftover(entry(state), { head: found, backupStartedAt })).toBe(true);
  });

  it.each([
    ["its own backup, which was complete", { isStored: true }, startedAt],
    ["a backup of the same name by another instance", {}, later],
    ["one that another instance made where one was before", { previous: replaced }, later],
    ["one that another instance made after this was stored", { isStored: true, stored: found }, later],
    ["an object that is not the one that was stored", { isStored: true, stored: old }, undefined],
    ["an object of which nobody knows whether it was there before", { previous: unknown }, undefined],
    ["metadata of old where nobody knows what was before", { previous: unknown, isStored: true }, earlier],
  ])("is false for %s", (_what, state, backupStartedAt) => {
    expect(isLeftover(entry(state), { head: found, backupStartedAt })).toBe(false);
  });

  it("is false for what was there before, and where there is nothing", () => {
    expect(isLeftover(entry({ previous: replaced }), { head: old, backupStartedAt: earlier })).toBe(false);
    expect(isLeftover(entry({}), { head: undefined, backupStartedAt: undefined })).toBe(false);
  });
});
