import type * as z from "zod";

// A hostile body can break a rule in every element of a list; the first few say enough.
const maxIssues = 5;

/** What a schema found wrong, as one line for a message: `backupName: is required; method: must be rdb or aof`. */
export function describeIssues(error: z.core.$ZodError): string {
  const issues = error.issues.slice(0, maxIssues).map(({ path, message }) => {
    return path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`;
  });
  const left = error.issues.length - issues.length;
  return left > 0 ? `${issues.join("; ")}; and ${left} more` : issues.join("; ");
}
