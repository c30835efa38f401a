import { describe, expect, it } from "vitest";
import { decideLiveness, type LivenessObservation, type LivenessVerdict } from "./verdict.ts";

const processes = ["running", "not-running"] as const;
const isolations = ["enabled", "disabled"] as const;
const roles = ["primary", "replica", "unknown"] as const;
const apiServers = ["reachable", "unreachable", "not-configured", "not-asked"] as const;
const peerStates = ["reachable", "unreachable", "none-known", "not-asked"] as const;

const matrix: readonly LivenessObservation[] = processes.flatMap((process) =>
  isolations.flatMap((isolation) =>
    roles.flatMap((role) =>
      apiServers.flatMap((apiServer) =>
        peerStates.map((peers) => ({ process, isolation, role, apiServer, peers })),
      ),
    ),
  ),
);

/** Every cell of a primary whose process runs and whose isolation counts: rows API server, columns peers. */
const api = { alive: true, because: "api-server-reachable" } as const;
const peer = { alive: true, because: "peer-reachable" } as const;
const none = { alive: true, because: "no-peer-known" } as const;
const open = { alive: true, because: "not-proven" } as const;
const dead = { alive: false, reason: "primary-isolated" } as const;

const ofPrimary = {
  reachable: { reachable: api, unreachable: api, "none-known": api, "not-asked": api },
  unreachable: { reachable: peer, unreachable: dead, "none-known": none, "not-asked": open },
  "not-configured": { reachable: peer, unreachable: dead, "none-known": none, "not-asked": open },
  "not-asked": { reachable: peer, unreachable: open, "none-known": none, "not-asked": open },
} satisfies Record<LivenessObservation["apiServer"], Record<LivenessObservation["peers"], LivenessVerdict>>;

function cells(where: Partial<LivenessObservation>) {
  const wanted = Object.entries(where);
  return matrix.filter((observation) => {
    const fields: ReadonlyMap<string, string> = new Map(Object.entries(observation));
    return wanted.every(([name, value]) => fields.get(name) === value);
  });
}

describe("decideLiveness", () => {
  it("has a table that covers every combination once", () => {
    const parts = [
      cells({ process: "not-running" }),
      cells({ process: "running", isolation: "disabled" }),
      cells({ process: "running", isolation: "enabled", role: "replica" }),
      cells({ process: "running", isolation: "enabled", role: "unknown" }),
      cells({ process: "running", isolation: "enabled", role: "primary" }),
    ];
    expect(parts.flat()).toHaveLength(2 * 2 * 3 * 4 * 4);
    expect(new Set(parts.flat()).size).toBe(matrix.length);
  });

  it.each(cells({ process: "not-running" }))(
    "is dead without a process: $isolation, $role, API server $apiServer, peers $peers",
    (observation) => {
      expect(decideLiveness(observation)).toEqual({ alive: false, reason: "process-not-running" });
    },
  );

  it.each(cells({ process: "running", isolation: "disabled" }))(
    "asks for nothing but the process with isolation disabled: $role, API server $apiServer, peers $peers",
    (observation) => {
      expect(decideLiveness(observation)).toEqual({ alive: true, because: "isolation-disabled" });
    },
  );

  it.each(cells({ process: "running", isolation: "enabled", role: "replica" }))(
    "lets every replica live: API server $apiServer, peers $peers",
    (observation) => {
      expect(decideLiveness(observation)).toEqual({ alive: true, because: "replica" });
    },
  );

  it.each(cells({ process: "running", isolation: "enabled", role: "unknown" }))(
    "lets live whose role was never read: API server $apiServer, peers $peers",
    (observation) => {
      expect(decideLiveness(observation)).toEqual({ alive: true, because: "role-never-read" });
    },
  );

  it.each(cells({ process: "running", isolation: "enabled", role: "primary" }))(
    "decides on a primary by API server $apiServer, peers $peers",
    (observation) => {
      expect(decideLiveness(observation)).toEqual(ofPrimary[observation.apiServer][observation.peers]);
    },
  );

  it("takes a primary for isolated in exactly two of all combinations", () => {
    const isolated = matrix.filter((observation) => {
      const verdict = decideLiveness(observation);
      return !verdict.alive && verdict.reason === "primary-isolated";
    });
    expect(isolated.map(({ apiServer, peers }) => [apiServer, peers])).toEqual([
      ["unreachable", "unreachable"],
      ["not-configured", "unreachable"],
    ]);
  });
});
