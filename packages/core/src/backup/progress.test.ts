import { describe, expect, it } from "vitest";
import { throttleProgress } from "./progress.ts";

describe("throttleProgress", () => {
  it("passes on each new phase at once, and within one at most four reports a second", () => {
    let nowMs = 0;
    const reports: string[] = [];
    const report = throttleProgress(
      ({ phase, receivedBytes }: { readonly phase: string; readonly receivedBytes: number }) =>
        void reports.push(`${phase} ${receivedBytes}`),
      () => nowMs,
    );
    const tell = (atMs: number, phase: string) => {
      nowMs = atMs;
      report({ phase, receivedBytes: atMs });
    };
    for (const atMs of [0, 100, 249, 250, 400, 500]) tell(atMs, "downloading");
    tell(501, "checking");
    tell(502, "loading");
    expect(reports).toEqual([
      "downloading 0",
      "downloading 250",
      "downloading 500",
      "checking 501",
      "loading 502",
    ]);
  });
});
