import { type LivenessReport, successTexts } from "@redis-operator/client/contract";
import type { LivenessCheck } from "@redis-operator/core/isolation";
import { textReply } from "@redis-operator/server";
import type { Handler } from "hono";
import { wantsJson } from "../request.ts";
import { describeDeath, toWireLiveness } from "../wire/liveness.ts";

/**
 * `GET /healthz`: does redis-server run, and is it no isolated primary? Open, as the kubelet sends no credentials.
 *
 * `?verbose`, or `Accept: application/json`, answers every check that the verdict rests on.
 */
export function healthzRoute({ liveness }: { readonly liveness: LivenessCheck }): Handler {
  return async (context) => {
    const report = await liveness.check();
    const status = report.verdict.alive ? 200 : 503;
    if (context.req.query("verbose") !== undefined || wantsJson(context)) {
      return context.json<LivenessReport>(toWireLiveness(report), status);
    }
    const text = report.verdict.alive ? successTexts.probe : describeDeath(report.verdict.reason);
    return textReply(text, { status });
  };
}
