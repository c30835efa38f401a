import * as z from "zod";

/** Body of `GET /failsafe`: how one instance sees its cluster. It is told from memory, whatever Redis does. */
export const failsafeViewSchema = z.object({
  /** The instance's own pod. */
  podName: z.string(),
  /** The role that Redis answered last; absent until it has answered once, and while it is kept down. */
  role: z.enum(["master", "slave"]).exactOptional(),
  /** Whom a replica follows. */
  follows: z
    .object({
      /** As the replica was told it. */
      host: z.string(),
      /** Its Redis port. */
      port: z.int().min(0).max(65_535),
    })
    .exactOptional(),
  /** The pod that `status.currentPrimary` names, as far as this instance knows. */
  primary: z
    .object({
      /** Its pod. */
      podName: z.string(),
      /** Its address, if it has one. */
      ip: z.string().exactOptional(),
    })
    .exactOptional(),
  /** From where it knows that: read from the API server since its start, as an earlier run stored it, or not at all. */
  source: z.enum(["api-server", "disk", "none"]),
  /** Milliseconds since the API server last confirmed it. Only with the source `api-server`. */
  apiServerSeenMsAgo: z.number().nonnegative().exactOptional(),
});
