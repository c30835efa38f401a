import * as z from "zod";

/** One thing that the liveness probe looked at. Words are the manager's: they may grow. */
const livenessCheckSchema = z.object({
  /** `process`, `role`, `api-server`, `peers`, … */
  name: z.string(),
  /** What was found: `running`, `primary`, `reachable`, `unreachable`, `not-asked`, … */
  outcome: z.string(),
  /** Why, where the outcome alone does not say. */
  detail: z.string().exactOptional(),
  /** How old the observation is, in milliseconds. */
  ageMs: z.number().nonnegative().exactOptional(),
});

/** Body of `GET /healthz?verbose`, with status 200 when alive and 503 when not. */
export const livenessReportSchema = z.object({
  /** The verdict. */
  alive: z.boolean(),
  /** Why not alive: the text that the plain probe answers. */
  reason: z.string().exactOptional(),
  /** What the verdict rests on. */
  checks: z.array(livenessCheckSchema),
});
