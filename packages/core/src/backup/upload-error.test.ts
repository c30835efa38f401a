import { describe, expect, it } from "vitest";
import { InstanceError } from "../errors.ts";
import { toUploadError } from "./upload-error.ts";

const upload = {
  destination: {
    bucket: "backups",
    path: "",
    endpoint: "https://user:pass@s3.example.com:9000/",
    region: "eu",
  },
  objectKey: "nightly.rdb",
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "hidden-secret", sessionToken: "hidden-token" },
  timedOutAfterMs: undefined,
};

function answer(name: string, message: string, httpStatusCode?: number) {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}

describe("toUploadError", () => {
  it.each([
    [
      "name, status and text",
      answer("NoSuchBucket", "no such bucket", 404),
      "NoSuchBucket (HTTP 404): no such bucket",
    ],
    [
      "name and status of an error without a text",
      answer("UnknownError", "UnknownError", 503),
      "UnknownError (HTTP 503)",
    ],
    [
      "the text of an error without an answer",
      answer("TimeoutError", "socket timed out"),
      "socket timed out",
    ],
    ["a failed connection", new AggregateError([new Error("ECONNREFUSED ::1")]), "ECONNREFUSED ::1"],
    [
      "no credentials that the store repeats",
      answer("Denied", "AKIDEXAMPLE hidden-token", 403),
      "Denied (HTTP 403): *** ***",
    ],
  ])("reports %s", (_what, cause, why) => {
    expect(toUploadError(cause, upload)).toMatchObject({
      code: "UPLOAD_FAILED",
      message: `uploading s3://backups/nightly.rdb to s3.example.com:9000 failed: ${why}`,
      cause: { name: cause.name },
    });
  });

  it("has a cause without the credentials, as the log writes it out", () => {
    const { cause } = toUploadError(answer("Denied", "AKIDEXAMPLE hidden-token", 403), upload);
    expect(cause).toMatchObject({ name: "Denied", message: "*** ***" });
    expect(cause).toMatchObject({ stack: expect.not.stringMatching(/AKIDEXAMPLE|hidden/) });
  });

  it("cuts a text that goes on and on", () => {
    const { message } = toUploadError(answer("Denied", "x".repeat(100_000), 403), upload);
    expect(message.length).toBeLessThan(1_000);
  });

  it("names AWS and the region when no endpoint is set", () => {
    const destination = { bucket: "backups", path: "", region: "eu-west-1" };
    expect(toUploadError(new Error("why"), { ...upload, destination })).toMatchObject({
      message: "uploading s3://backups/nightly.rdb to S3 in eu-west-1 failed: why",
    });
  });

  it("reports the deadline when that ended the upload", () => {
    expect(toUploadError(new Error("aborted"), { ...upload, timedOutAfterMs: 5 })).toMatchObject({
      message: expect.stringMatching(/failed: not finished within 5 ms$/),
    });
  });

  it("passes on what reading the artifact threw", () => {
    const error = new InstanceError("ARTIFACT_FAILED", "reading dump.rdb failed");
    expect(toUploadError(error, upload)).toBe(error);
  });
});
