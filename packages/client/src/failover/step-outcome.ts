import type { Action, Step } from "./plan.ts";

/** The step of one action. */
export type StepOf<Name extends Action> = Extract<Step, { readonly action: Name }>;

/** How a step ended. */
export interface StepOutcome {
  /** `already`: there was nothing to do. `skipped`: it was left out, since it wouldn't be safe or has no object any more. */
  readonly outcome: "done" | "already" | "skipped";
  /** What that rests on, in a few words. */
  readonly detail: string;
}

/** Something was changed, or has come about. */
export function done(detail: string): StepOutcome {
  return { outcome: "done", detail };
}

/** It was so before. */
export function already(detail: string): StepOutcome {
  return { outcome: "already", detail };
}

/** It was left out. */
export function skipped(detail: string): StepOutcome {
  return { outcome: "skipped", detail };
}
