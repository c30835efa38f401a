import { describe, expect, it } from "vitest";
import { createRecordingLogger } from "../../test/recording-logger.ts";
import { createLivenessLog } from "./liveness-log.ts";
import type { CheckReport, LivenessReport } from "./liveness-report.ts";
import type { LivenessVerdict } from "./verdict.ts";

const apiUnreachable: CheckReport = {
  name: "api-server",
  outcome: "unreachable",
  detail: "refused",
  ageMs: 0,
};
const peersUnreachable: CheckReport = { name: "peers", outcome: "unreachable", detail: "silent", ageMs: 0 };
const roleSilent: CheckReport = { name: "role", outcome: "primary", detail: "timed out", ageMs: 0 };

function setUp() {
  const { logger, lines } = createRecordingLogger();
  const clock = { timeMs: 0 };
  const record = createLivenessLog({ peersPatienceMs: 10_000, logger, now: () => clock.timeMs });
  return {
    lines,
    report: (verdict: LivenessVerdict, checks: LivenessReport["checks"] = [], timeMs = 0) => {
      clock.timeMs = timeMs;
      record({ verdict, checks });
    },
  };
}

const byPeer = { alive: true, because: "peer-reachable" } as const;
const byLackOfPeers = { alive: true, because: "no-peer-known" } as const;
const isolated = { alive: false, reason: "primary-isolated" } as const;
const hung = { alive: false, reason: "redis-hung" } as const;

describe("createLivenessLog", () => {
  it("logs nothing for reports of health", () => {
    const { lines, report } = setUp();
    report({ alive: true, because: "api-server-reachable" });
    report({ alive: true, because: "replica" });
    report(byPeer, [apiUnreachable]);
    expect(lines).toEqual([]);
  });

  it("logs isolation once with its reasons, and its end with how long it lasted", () => {
    const { lines, report } = setUp();
    report(isolated, [apiUnreachable, peersUnreachable], 1_000);
    report(isolated, [apiUnreachable, peersUnreachable], 2_000);
    report(byPeer, [], 11_000);
    report(isolated, [apiUnreachable, peersUnreachable], 12_000);
    const isolatedLine = {
      level: "error",
      fields: { apiServer: "refused", peers: "silent" },
      message: "primary isolated: cannot reach API server or any peer",
    };
    expect(lines).toEqual([
      isolatedLine,
      {
        level: "info",
        fields: { because: "peer-reachable", isolatedForMs: 10_000 },
        message: "primary no longer isolated",
      },
      isolatedLine,
    ]);
  });

  it("logs once that Redis is hung, and its end with how long it lasted", () => {
    const { lines, report } = setUp();
    report(hung, [roleSilent], 1_000);
    report(hung, [roleSilent], 2_000);
    report(byPeer, [], 4_000);
    expect(lines).toEqual([
      { level: "error", fields: { reason: "timed out" }, message: "redis-server hung: it answers nothing" },
      { level: "info", fields: { hungForMs: 3_000 }, message: "redis-server no longer hung" },
    ]);
  });

  it("says once that no peer is known, and not before there was time to list the pods", () => {
    const { lines, report } = setUp();
    report(byLackOfPeers, [], 1_000);
    report(byPeer, [], 9_000);
    report(byLackOfPeers, [], 12_000);
    report(byLackOfPeers, [], 21_000);
    expect(lines).toEqual([]);
    for (const timeMs of [22_000, 40_000, 60_000]) report(byLackOfPeers, [], timeMs);
    expect(lines).toEqual([
      {
        level: "warn",
        fields: {},
        message: "no peer is known: isolation can't be told, the primary counts as alive",
      },
    ]);
  });
});
