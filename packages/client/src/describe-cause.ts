/** The innermost reason: fetch's own message is "fetch failed". */
export function describeCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A failed dual-stack connect has an empty message; its parts say why.
  if (error instanceof AggregateError && error.message === "") {
    return error.errors.map(describeCause).join("; ");
  }
  if (error.cause instanceof Error) return describeCause(error.cause);
  return error.message === "" ? error.name : error.message;
}
