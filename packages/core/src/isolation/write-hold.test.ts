import { describe, expect, it } from "vitest";
import { decideWriteHold, type WriteHold, type WriteHoldObservation } from "./write-hold.ts";

const truths = [true, false] as const;
const apiServers = ["reachable", "unreachable", "not-configured", "not-asked"] as const;
const reasons = [undefined, "unproven", "isolated", "superseded", "not-confirmed"] as const;
const names = ["this-pod", "another-pod", "nobody", "unread", "given-up", "not-asked"] as const;

const matrix: readonly WriteHoldObservation[] = truths.flatMap((isIsolated) =>
  reasons.flatMap((heldBecause) =>
    truths.flatMap((doAllPeersObject) =>
      apiServers.flatMap((apiServer) =>
        names.map((named) => ({ isIsolated, heldBecause, doAllPeersObject, apiServer, named })),
      ),
    ),
  ),
);

const flow = { hold: false } as const;
const superseded = { hold: true, because: "superseded" } as const;
const notConfirmed = { hold: true, because: "not-confirmed" } as const;

/** Writes that are held, after the path to the API server has healed. */
const afterHealing = {
  "this-pod": flow,
  "another-pod": superseded,
  nobody: flow,
  unread: notConfirmed,
  "given-up": flow,
  "not-asked": flow,
} satisfies Record<WriteHoldObservation["named"], WriteHold>;

const isSuperseded = ({ apiServer, doAllPeersObject }: WriteHoldObservation) =>
  apiServer === "unreachable" && doAllPeersObject;

const wasCutOff = ({ heldBecause }: WriteHoldObservation) =>
  heldBecause !== undefined && heldBecause !== "unproven";

describe("decideWriteHold", () => {
  it.each(matrix.filter(({ isIsolated }) => isIsolated))("holds while isolated: %o", (observation) => {
    expect(decideWriteHold(observation)).toEqual({ hold: true, because: "isolated" });
  });

  const reaching = matrix.filter(({ isIsolated }) => !isIsolated);
  it.each(reaching.filter(isSuperseded))(
    "holds what reaches only peers that know of another primary: %o",
    (observation) => {
      expect(decideWriteHold(observation)).toEqual(superseded);
    },
  );

  const others = reaching.filter((observation) => !isSuperseded(observation));

  it.each(others.filter((observation) => !wasCutOff(observation)))(
    "begins no hold otherwise, and ends one that waited for the first check: %o",
    (observation) => {
      expect(decideWriteHold(observation)).toEqual(flow);
    },
  );

  const cutOff = others.filter(wasCutOff);

  it.each(cutOff.filter(({ apiServer }) => apiServer !== "reachable"))(
    "ends a hold when peers are reached that hold nothing against it: %o",
    (observation) => {
      expect(decideWriteHold(observation)).toEqual(flow);
    },
  );

  it.each(cutOff.filter(({ apiServer }) => apiServer === "reachable"))(
    "ends a hold by the API server only when that names no other: %o",
    (observation) => {
      expect(decideWriteHold(observation)).toEqual(afterHealing[observation.named]);
    },
  );
});
