import { describe, expect, it } from "vitest";
import { decideLiveness, type LivenessObservation, type LivenessVerdict } from "./verdict.ts";

const processes = ["running", "not-running", "kept-down", "unknown"] as const;
const redises = ["answering", "hung"] as const;
const isolations = ["enabled", "disabled"] as const;
const roles = ["primary", "replica", "unknown"] as const;
const apiServers = ["reachable", "unreachable", "not-configured", "not-asked"] as const;
const peerStates = ["reachable", "unreachable", "none-known", "not-asked"] as const;

const matrix: readonly LivenessObservation[] = processes.flatMap((process) =>
  redises.flatMap((redis) =>
    isolations.flatMap((isolation) =>
      roles.flatMap((role) =>
        apiServers.flatMap((apiServer) =>
          peerStates.map((peers) => ({ process, redis, isolation, role, apiServer, peers })),
        ),
      ),
    ),
  ),
);

/** A process that runs or wasn't looked at yet, and a Redis that answers. */
const inPlay = [
  { process: "running", redis: "answering" },
  { process: "unknown", redis: "answering" },
] as const;

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

function cellsInPlay(where: Partial<LivenessObservation>) {
  return inPlay.flatMap((playing) => cells({ ...playing, ...where }));
}

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
      cells({ process: "kept-down" }),
      cells({ process: "running", redis: "hung" }),
      cells({ process: "unknown", redis: "hung" }),
      cellsInPlay({ isolation: "disabled" }),
      cellsInPlay({ isolation: "enabled", role: "replica" }),
      cellsInPlay({ isolation: "enabled", role: "unknown" }),
      cellsInPlay({ isolation: "enabled", role: "primary" }),
    ];
    expect(parts.flat()).toHaveLength(4 * 2 * 2 * 3 * 4 * 4);
    expect(new Set(parts.flat()).size).toBe(matrix.length);
  });

  it.each(cells({ process: "not-running" }))(
    "is dead without a process: $redis, $isolation, $role, API server $apiServer, peers $peers",
    (observation) => {
      expect(decideLiveness(observation)).toEqual({ alive: false, reason: "process-not-running" });
    },
  );

  it.each(cells({ process: "kept-down" }))(
    "lets live what is kept down on purpose: $redis, $isolation, $role, API server $apiServer, peers $peers",
    (observation) => {
      expect(decideLiveness(observation)).toEqual({ alive: true, because: "kept-down" });
    },
  );

  it.each([...cells({ process: "running", redis: "hung" }), ...cells({ process: "unknown", redis: "hung" })])(
    "is dead when Redis is hung for longer than it may: $process, $isolation, $role, API server $apiServer, peers $peers",
    (observation) => {
      expect(decideLiveness(observation)).toEqual({ alive: false, reason: "redis-hung" });
    },
  );

  it.each(cellsInPlay({ isolation: "disabled" }))(
    "asks for no path with isolation disabled: $process, $role, API server $apiServer, peers $peers",
    (observation) => {
      expect(decideLiveness(observation)).toEqual({ alive: true, because: "isolation-disabled" });
    },
  );

  it.each(cellsInPlay({ isolation: "enabled", role: "replica" }))(
    "lets every replica live: $process, API server $apiServer, peers $peers",
    (observation) => {
      expect(decideLiveness(observation)).toEqual({ alive: true, because: "replica" });
    },
  );

  it.each(cellsInPlay({ isolation: "enabled", role: "unknown" }))(
    "lets live whose role was never read: $process, API server $apiServer, peers $peers",
    (observation) => {
      expect(decideLiveness(observation)).toEqual({ alive: true, because: "role-never-read" });
    },
  );

  it.each(cellsInPlay({ isolation: "enabled", role: "primary" }))(
    "decides on a primary by API server $apiServer, peers $peers ($process)",
    (observation) => {
      expect(decideLiveness(observation)).toEqual(ofPrimary[observation.apiServer][observation.peers]);
    },
  );

  it("takes a primary for isolated only when it has asked all that it knows in vain", () => {
    const isolated = matrix.filter((observation) => {
      const verdict = decideLiveness(observation);
      return !verdict.alive && verdict.reason === "primary-isolated";
    });
    const paths = isolated.map(({ apiServer, peers }) => `${apiServer}, ${peers}`);
    expect(new Set(paths)).toEqual(new Set(["unreachable, unreachable", "not-configured, unreachable"]));
  });
});
