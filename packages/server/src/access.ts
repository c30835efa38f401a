import type { ClientAuth } from "./tls-files.ts";

/** What a manager asks of its callers. */
export interface AccessPolicy {
  readonly clientAuth: ClientAuth;
  /** Whether there is a token that callers can show. */
  readonly hasToken: boolean;
  readonly requiredFor: RequiredFor;
}

/** What is guarded: what changes something, or everything but the probes. */
export type RequiredFor = "writes" | "all";

/** What a request shows, and what it is after. */
export interface AccessRequest {
  readonly kind: "probe" | "read" | "write";
  readonly hasCertificate: boolean;
  readonly hasValidToken: boolean;
}

/**
 * Decides what a request lacks; `undefined` if it may pass.
 *
 * A certificate that is `required` is asked of every request, and guarded ones need the token too, if there is one. An
 * `optional` one opens what is guarded in place of the token.
 */
export function decideAccess(
  { clientAuth, hasToken, requiredFor }: AccessPolicy,
  { kind, hasCertificate, hasValidToken }: AccessRequest,
): string | undefined {
  if (clientAuth === "required" && !hasCertificate) return "a client certificate that the API's CA signed";
  if (kind === "probe" || (kind === "read" && requiredFor === "writes")) return undefined;
  if (hasValidToken || (clientAuth === "optional" && hasCertificate)) return undefined;
  if (clientAuth === "optional") {
    const certificate = "a client certificate that the API's CA signed";
    return hasToken ? `a valid bearer token or ${certificate}` : certificate;
  }
  return hasToken ? "a valid bearer token" : undefined;
}
