import { describe, expect, it } from "vitest";
import { toFailure } from "./fetch-failure.ts";

const call = { method: "GET", url: "https://10.0.0.7:8080/v1/status" };

function failWith(code: string): Error {
  return new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });
}

describe("a rejection of fetch", () => {
  it.each([
    ["MANAGER_UNREACHABLE", failWith("ECONNREFUSED")],
    ["MANAGER_UNREACHABLE", failWith("ENOTFOUND")],
    ["MANAGER_UNREACHABLE", failWith("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED")],
    ["MANAGER_UNREACHABLE", Object.assign(new Error("Unable to connect"), { code: "ConnectionRefused" })],
    ["MANAGER_UNREACHABLE", new TypeError("dns error: no address for certificates-0")],
    ["MANAGER_UNREACHABLE", "no error at all"],
    ["MANAGER_TIMED_OUT", failWith("UND_ERR_HEADERS_TIMEOUT")],
    ["MANAGER_TIMED_OUT", failWith("UND_ERR_BODY_TIMEOUT")],
    ["MANAGER_TIMED_OUT", new DOMException("The operation timed out.", "TimeoutError")],
    ["MANAGER_UNTRUSTED", failWith("SELF_SIGNED_CERT_IN_CHAIN")],
    ["MANAGER_UNTRUSTED", failWith("DEPTH_ZERO_SELF_SIGNED_CERT")],
    ["MANAGER_UNTRUSTED", failWith("UNABLE_TO_VERIFY_LEAF_SIGNATURE")],
    ["MANAGER_UNTRUSTED", failWith("UNABLE_TO_GET_ISSUER_CERT_LOCALLY")],
    ["MANAGER_UNTRUSTED", failWith("CERT_HAS_EXPIRED")],
    ["MANAGER_UNTRUSTED", failWith("ERR_TLS_CERT_ALTNAME_INVALID")],
    ["MANAGER_UNTRUSTED", new TypeError("client error: invalid peer certificate: UnknownIssuer")],
  ])("is %s when it is %o", (code, rejection) => {
    expect(toFailure(rejection, call)).toMatchObject({ code, cause: rejection, target: call.url });
  });
});
