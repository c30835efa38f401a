import { describe, expect, it } from "vitest";
import { createRecordingLogger } from "../../test/recording-logger.ts";
import { createLivenessLog } from "./liveness-log.ts";
import type { CheckReport, LivenessReport } from "./liveness-report.ts";
import type { LivenessVerdict } from "./verdict.ts";

const times = { ageMs: 0, durationMs: 4_000 };
const apiReachable: CheckReport = {
  name: "api-server",
  outcome: "reachable",
  detail: "answered 401",
  ...times,
};
const apiUnreachable: CheckReport = {
  name: "api-server",
  outcome: "unreachable",
  detail: "refused",
  ...times,
};
const apiNotAsked: CheckReport = { name: "api-server", outcome: "not-asked", detail: undefined, ...times };
const peersUnreachable: CheckReport = { name: "peers", outcome: "unreachable", detail: "silent", ...times };

function setUp() {
  const { logger, lines } = createRecordingLogger();
  const clock = { timeMs: 0 };
  const record = createLivenessLog({ logger, now: () => clock.timeMs });
  return {
    lines,
    report: (verdict: LivenessVerdict, checks: LivenessReport["checks"], timeMs = 0) => {
      clock.timeMs = timeMs;
      record({ verdict, checks, durationMs: 4_100 });
    },
  };
}

const byApiServer = { alive: true, because: "api-server-reachable" } as const;
const byPeer = { alive: true, because: "peer-reachable" } as const;
const byLackOfPeers = { alive: true, because: "no-peer-known" } as const;
const isolated = { alive: false, reason: "primary-isolated" } as const;

const unreachableLine = {
  level: "warn",
  fields: { reason: "refused", durationMs: 4_000 },
  message: "Kubernetes API server unreachable",
};

describe("createLivenessLog", () => {
  it("logs nothing for reports of health", () => {
    const { lines, report } = setUp();
    report(byApiServer, [apiReachable]);
    report({ alive: true, because: "replica" }, []);
    report(byPeer, [apiNotAsked]);
    expect(lines).toEqual([]);
  });

  it("logs the loss of the API server once, and its return with how long it was away", () => {
    const { lines, report } = setUp();
    report(byPeer, [apiUnreachable], 1_000);
    report(byPeer, [apiUnreachable], 2_000);
    report(byPeer, [apiNotAsked], 3_000);
    report(byApiServer, [apiReachable], 4_000);
    report(byApiServer, [apiReachable], 5_000);
    expect(lines).toEqual([
      unreachableLine,
      {
        level: "info",
        fields: { unreachableForMs: 3_000 },
        message: "Kubernetes API server reachable again",
      },
    ]);
  });

  it("logs isolation once with its reasons, and its end with how long it lasted", () => {
    const { lines, report } = setUp();
    report(isolated, [apiUnreachable, peersUnreachable], 1_000);
    report(isolated, [apiUnreachable, peersUnreachable], 2_000);
    report(byPeer, [apiUnreachable], 11_000);
    report(isolated, [apiUnreachable, peersUnreachable], 12_000);
    const isolatedLine = {
      level: "error",
      fields: { apiServer: "refused", peers: "silent", durationMs: 4_100 },
      message: "primary isolated: cannot reach API server or any peer",
    };
    expect(lines).toEqual([
      unreachableLine,
      isolatedLine,
      {
        level: "info",
        fields: { because: "peer-reachable", isolatedForMs: 10_000 },
        message: "primary no longer isolated",
      },
      isolatedLine,
    ]);
  });

  it("says once that no peer is known", () => {
    const { lines, report } = setUp();
    report(byLackOfPeers, [apiNotAsked]);
    report(byApiServer, [apiReachable]);
    report(byLackOfPeers, [apiNotAsked]);
    expect(lines).toEqual([
      {
        level: "warn",
        fields: {},
        message: "no peer is known: isolation can't be told, the primary counts as alive",
      },
    ]);
  });
});
