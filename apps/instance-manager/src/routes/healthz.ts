import { type LivenessReport, successTexts } from "@redis-operator/client/contract";
import { textReply } from "@redis-operator/server";
import type { Handler } from "hono";
import type { Isolation } from "../isolation.ts";
import { wantsJson } from "../request.ts";
import { describeDeath, toWireLiveness } from "../wire/liveness.ts";

/**
 * `GET /healthz`: does redis-server run, and is it no isolated primary? From memory: no probe waits for Redis, a peer or
 * the API server. Open, as the kubelet sends no credentials.
 *
 * `?verbose`, or `Accept: application/json`, answers every check that the verdict rests on.
 */
export function healthzRoute({ isolation }: { readonly isolation: Pick<Isolation, "report"> }): Handler {
  return async (context) => {
    const report = await isolation.report();
    const status = report.verdict.alive ? 200 : 503;
    if (context.req.query("verbose") !== undefined || wantsJson(context)) {
      return context.json<LivenessReport>(toWireLiveness(report), status);
    }
    const text = report.verdict.alive ? successTexts.probe : describeDeath(report.verdict.reason);
    return textReply(text, { status });
  };
}
