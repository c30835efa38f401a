import { successTexts } from "./contract/routes.ts";
import type { RepeatableCallOptions } from "./http/call-options.ts";
import type { Call, Caller } from "./http/caller.ts";
import type { Reply } from "./http/exchange.ts";
import { notUnderstood, requireText, toOneLine } from "./http/reply.ts";

/** What a probe answered. A 503 with its reason is an answer, not a failure of the call. */
export type ProbeAnswer =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** The line that the manager answered. */
      readonly reason: string;
    };

/**
 * Asks a probe.
 *
 * @throws ManagerError as every call. A 503 that is no plain text is a proxy's, and refused.
 */
export async function askProbe(
  caller: Caller,
  {
    route,
    callOptions,
  }: Pick<Call<unknown>, "route"> & { readonly callOptions: RepeatableCallOptions | undefined },
): Promise<ProbeAnswer> {
  return caller({ route, accept: "text/plain", read: readAnswer }, callOptions);
}

function readAnswer(reply: Reply): ProbeAnswer {
  const isReason = reply.status === 503 && reply.mediaType === "text/plain";
  const text = requireText(reply, isReason ? [503] : [200]);
  if (isReason) return { ok: false, reason: toOneLine(text) };
  if (text.trim() === successTexts.probe) return { ok: true };
  throw notUnderstood(reply, `a body other than ${successTexts.probe}`);
}
