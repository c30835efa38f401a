import { describe, expect, it } from "vitest";
import { type AccessPolicy, type AccessRequest, decideAccess } from "./access.ts";

const open: AccessPolicy = { clientAuth: "none", hasToken: false, requiredFor: "writes" };
const kinds = ["probe", "read", "write"] as const;

const nothing = { hasCertificate: false, hasValidToken: false };
const token = { hasCertificate: false, hasValidToken: true };
const certificate = { hasCertificate: true, hasValidToken: false };
const both = { hasCertificate: true, hasValidToken: true };

/** Which kinds of requests pass. */
function passing(policy: AccessPolicy, shown: Omit<AccessRequest, "kind">): readonly string[] {
  return kinds.filter((kind) => decideAccess(policy, { kind, ...shown }) === undefined);
}

const all = ["probe", "read", "write"];
const unguarded = ["probe", "read"];

describe("decideAccess", () => {
  it.each([
    ["nothing is asked for", {}, [all, all, all, all]],
    ["a token guards writes", { hasToken: true }, [unguarded, all, unguarded, all]],
    ["a token guards all", { hasToken: true, requiredFor: "all" }, [["probe"], all, ["probe"], all]],
    ["a certificate is optional", { clientAuth: "optional" }, [unguarded, all, all, all]],
    [
      "a certificate or a token will do",
      { clientAuth: "optional", hasToken: true },
      [unguarded, all, all, all],
    ],
    [
      "one of them guards all",
      { clientAuth: "optional", hasToken: true, requiredFor: "all" },
      [["probe"], all, all, all],
    ],
    ["a certificate is required", { clientAuth: "required" }, [[], [], all, all]],
    [
      "a certificate is required, and a token for writes",
      { clientAuth: "required", hasToken: true },
      [[], [], unguarded, all],
    ],
    [
      "both are required for all",
      { clientAuth: "required", hasToken: true, requiredFor: "all" },
      [[], [], ["probe"], all],
    ],
  ] as const)(
    "when %s, lets pass what shows nothing, a token, a certificate, both",
    (_, change, expected) => {
      const policy = { ...open, ...change };
      expect([nothing, token, certificate, both].map((shown) => passing(policy, shown))).toEqual(expected);
    },
  );

  it.each([
    [{ hasToken: true }, "a valid bearer token"],
    [{ clientAuth: "optional" }, "a client certificate that the API's CA signed"],
    [
      { clientAuth: "optional", hasToken: true },
      "a valid bearer token or a client certificate that the API's CA signed",
    ],
    [{ clientAuth: "required", hasToken: true }, "a client certificate that the API's CA signed"],
  ] as const)("says what is lacking under %j", (change, lack) => {
    expect(decideAccess({ ...open, ...change }, { kind: "write", ...nothing })).toBe(lack);
  });
});
