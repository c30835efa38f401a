import { ManagerRefusedError, ManagerTimedOutError, ManagerUnreachableError } from "@redis-operator/client";
import {
  type Action,
  FailoverError,
  type Plan,
  planFailover,
  planSwitchover,
} from "@redis-operator/client/failover";
import { describe, expect, it } from "vitest";
import { decideAfterStop } from "./after-stop.ts";
import { PlanOvertakenError } from "../plan-book.ts";
import { failing, primary, replica } from "../../test/observations.ts";

const timedOut = new FailoverError("STEP_TIMED_OUT", "in vain");
const noAnswer = new Error("no answer");

const failover = planned(
  planFailover([failing("cache-0"), replica("cache-1")], { currentPrimary: "cache-0", generation: 1 }),
);
const switchover = planned(
  planSwitchover([primary("cache-0"), replica("cache-1")], { from: "cache-0", to: "cache-1", generation: 1 }),
);

function planned(decision: { readonly outcome: string; readonly plan?: Plan }): Plan {
  if (decision.plan === undefined) throw new Error("nothing was planned");
  return decision.plan;
}

function stopAt(plan: Plan, action: Action, error: Error) {
  const index = plan.steps.findIndex((step) => step.action === action);
  const step = plan.steps[index];
  if (step === undefined) throw new Error(`the plan has no step ${action}`);
  const stopped = {
    outcome: "stopped",
    index,
    step,
    error,
    completed: [],
    mayTakeWrites: ["cache-1"],
    next: "",
  } as const;
  return decideAfterStop(plan, stopped);
}

describe("a failover that was stopped", () => {
  it.each([
    ["check-candidate", timedOut, { fate: "drop", suspects: [] }],
    ["fence", noAnswer, { fate: "leave" }],
    ["confirm-fenced", timedOut, { fate: "leave" }],
    ["name-primary", noAnswer, { fate: "leave" }],
    ["promote", noAnswer, { fate: "leave" }],
    ["promote", timedOut, { fate: "drop", suspects: ["cache-1"] }],
    ["confirm-primary", timedOut, { fate: "drop", suspects: [] }],
    ["unfence", timedOut, { fate: "drop", suspects: [] }],
    ["promote", new FailoverError("PLAN_SUPERSEDED", "another"), { fate: "drop", suspects: ["cache-1"] }],
    ["promote", new FailoverError("PLAN_ABORTED", "SIGTERM"), { fate: "leave" }],
    ["promote", new PlanOvertakenError("another operator"), { fate: "leave" }],
  ] as const)("at %s by %s", (action, error, after) => {
    expect(stopAt(failover, action, error)).toEqual(after);
  });
});

describe("a switchover that was stopped", () => {
  it.each(["confirm-fenced", "name-primary", "promote"] as const)(
    "at %s goes back to the old primary",
    (action) => {
      expect(stopAt(switchover, action, timedOut)).toMatchObject({
        fate: "replace",
        plan: { primary: "cache-0", generation: 2 },
      });
    },
  );

  const call = { method: "POST", url: "http://10.0.0.8:8080/v1/promote" };

  it.each([
    ["timed out", new ManagerTimedOutError(call, { why: "within 10000 ms" })],
    ["got no answer", new ManagerUnreachableError(call, noAnswer)],
    [
      "failed with an unknown outcome",
      new ManagerRefusedError(call, { status: 500, code: "PROMOTE_FAILED" }),
    ],
  ])("goes on where the promotion %s: the old primary would come back beside a new one", (_what, error) => {
    expect(stopAt(switchover, "promote", error)).toEqual({ fate: "leave" });
  });

  it("goes back where the promotion was refused", () => {
    const refused = new ManagerRefusedError(call, { status: 412, code: "PROMOTE_UNSAFE" });
    expect(stopAt(switchover, "promote", refused)).toMatchObject({ fate: "replace" });
  });

  it("is dropped before anything was changed", () => {
    expect(stopAt(switchover, "check-candidate", timedOut)).toEqual({ fate: "drop", suspects: [] });
  });
});
