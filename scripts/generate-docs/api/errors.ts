import { type ErrorCode, errorCodes, isErrorCode } from "@redis-operator/client/contract";
import { errorStatuses } from "@redis-operator/instance-manager/error-status";
import type { Operation } from "./operation.ts";

// Whatever is asked for: by somebody who may not, with a method that the path doesn't have, of a manager with a defect.
const everywhere = ["UNAUTHORIZED", "METHOD_NOT_ALLOWED", "INTERNAL"] as const satisfies readonly ErrorCode[];

/** The codes that one operation can answer, by status in ascending order. */
export function errorsByStatus({
  errors,
}: Pick<Operation, "errors">): readonly (readonly [number, ErrorCode[]])[] {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of [...errors.codes, ...everywhere]) {
    const status = errors.statuses?.[code] ?? errorStatuses[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Array.from(byStatus).toSorted(([one], [other]) => one - other);
}

/** Every code that a route can answer, in the order of the contract; the others are those of a restore or a start. */
export function listAnsweredCodes(operations: Iterable<Operation>): readonly ErrorCode[] {
  const answered = new Set<ErrorCode>(["NOT_FOUND"]);
  for (const operation of operations) {
    for (const [, codes] of errorsByStatus(operation)) for (const code of codes) answered.add(code);
  }
  return Object.keys(errorCodes)
    .filter(isErrorCode)
    .filter((code) => answered.has(code));
}
