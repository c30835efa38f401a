import { describe, expect, it } from "vitest";
import { InstanceError, isInstanceError } from "../errors.ts";
import { fromSentError, toSentError } from "./sent-error.ts";

const send = (error: unknown) => fromSentError(JSON.parse(JSON.stringify(toSentError(error))));

describe("an error that is sent", () => {
  it("keeps code, message, stack and causes", () => {
    const cause = new TypeError("no such thing");
    const error = new InstanceError("UPLOAD_FAILED", "uploading failed", { cause });
    const received = send(error);
    expect(isInstanceError(received)).toBe(true);
    expect(received).toMatchObject({
      code: "UPLOAD_FAILED",
      message: "uploading failed",
      stack: error.stack,
      cause: { name: "TypeError", message: "no such thing" },
    });
  });

  it("stays a defect where it was one", () => {
    const received = send(new RangeError("beyond"));
    expect(isInstanceError(received)).toBe(false);
    expect(received).toMatchObject({ name: "RangeError", message: "beyond" });
  });

  it("leaves out whatever else an error carries", () => {
    const error = Object.assign(new Error("refused"), { $request: { authorization: "hidden" } });
    expect(JSON.stringify(toSentError(error))).not.toContain("hidden");
  });

  it("may be anything that was thrown", () => {
    expect(send("text")).toMatchObject({ message: "text" });
  });
});
