import { describe, expect, it } from "vitest";
import { errorBodySchema, errorCodes, isErrorCode } from "./errors.ts";

describe("errorCodes", () => {
  it.each(Object.keys(errorCodes))("has %s in the form that an error body may hold", (code) => {
    expect(errorBodySchema.safeParse({ error: { code, message: "" } }).success).toBe(true);
  });
});

describe("isErrorCode", () => {
  it.each([
    ["INTERNAL", true],
    ["FROM_THE_FUTURE", false],
    ["toString", false],
    ["", false],
  ])("tells of %j: %j", (code, known) => {
    expect(isErrorCode(code)).toBe(known);
  });
});

describe("errorBodySchema", () => {
  it("reads a code that this version does not know", () => {
    const body = { error: { code: "FROM_THE_FUTURE", message: "why" } };
    expect(errorBodySchema.parse({ error: { ...body.error, hint: "x" } })).toEqual(body);
  });

  it.each([
    [{ error: "text" }],
    [{ error: { code: "lower_case", message: "why" } }],
    [{ error: { code: "INTERNAL" } }],
    [{ code: "INTERNAL", message: "why" }],
    [null],
  ])("refuses %j", (body) => {
    expect(errorBodySchema.safeParse(body).success).toBe(false);
  });
});
