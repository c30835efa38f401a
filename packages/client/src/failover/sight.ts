import type { InstanceStatus } from "../contract/types.ts";
import { CallAbortedError, ManagerError } from "../errors.ts";
import type { PlannedInstance } from "./ports.ts";

/** What one look at an instance shows. */
export type Sight =
  | { readonly kind: "status"; readonly status: InstanceStatus }
  /** Its manager says that its Redis is kept down. */
  | { readonly kind: "fenced" }
  /** Nothing answers at all. */
  | { readonly kind: "silent"; readonly why: string }
  /** Something answers, but not how Redis stands. */
  | { readonly kind: "unclear"; readonly why: string };

// A status takes milliseconds; a dead pod costs so much with every look.
const statusTimeoutMs = 2_000;

const silentCodes: ReadonlySet<string> = new Set(["MANAGER_UNREACHABLE", "MANAGER_TIMED_OUT"]);

/** Asks an instance once. @throws CallAbortedError, and what is no `ManagerError`. */
export async function lookAt(
  instance: Pick<PlannedInstance, "status">,
  signal: AbortSignal | undefined,
): Promise<Sight> {
  try {
    return { kind: "status", status: await instance.status({ timeoutMs: statusTimeoutMs, signal }) };
  } catch (error) {
    if (!(error instanceof ManagerError) || error instanceof CallAbortedError) throw error;
    if (error.code === "INSTANCE_FENCED") return { kind: "fenced" };
    return { kind: silentCodes.has(error.code) ? "silent" : "unclear", why: error.message };
  }
}

/** A sight in a few words. */
export function describeSight(sight: Sight): string {
  switch (sight.kind) {
    case "status":
      return sight.status.role === "master"
        ? "it answers as a primary"
        : `it answers as a replica whose link is ${sight.status.masterLinkStatus}`;
    case "fenced":
      return "it is fenced";
    case "silent":
    case "unclear":
      return sight.why;
    default:
      return sight satisfies never;
  }
}
