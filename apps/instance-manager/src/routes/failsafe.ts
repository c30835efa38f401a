import type { FailsafeView } from "@redis-operator/client/contract";
import type { Handler } from "hono";
import type { Isolation } from "../isolation.ts";
import { toWireFailsafe } from "../wire/failsafe.ts";

/** `GET /failsafe`: how this instance sees its cluster, from memory. Peers ask it, to know that they reach each other. */
export function failsafeRoute({
  isolation,
}: {
  readonly isolation: Pick<Isolation, "failsafeView">;
}): Handler {
  return (context) => context.json<FailsafeView>(toWireFailsafe(isolation.failsafeView()));
}
