import { describe, expect, it } from "vitest";
import { findBackupSlot } from "./backup-slot.ts";

describe("findBackupSlot", () => {
  it("is the same all through its span, and the next right after it", () => {
    const everyMs = 86_400_000;
    const at = (time: string) => findBackupSlot(Date.parse(time), { cluster: "cache", everyMs }).backupName;
    expect(at("2026-11-22T00:00:00Z")).toBe("cache-20261122t000000000z");
    expect(at("2026-11-22T23:59:59Z")).toBe(at("2026-11-22T00:00:00Z"));
    expect(at("2026-11-23T00:00:00Z")).not.toBe(at("2026-11-22T23:59:59Z"));
  });
});
