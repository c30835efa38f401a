import { describe, expect, it } from "vitest";
import { parseAllowedDestinations, requireAllowedDestination } from "./allowed-destinations.ts";

interface Place {
  readonly endpoint?: string;
  readonly bucket?: string;
  readonly path?: string;
}

function tryDestination(list: string, { bucket = "backups", path = "", endpoint }: Place): unknown {
  const allowed = parseAllowedDestinations(list);
  try {
    requireAllowedDestination({ bucket, path, endpoint, region: "us-east-1" }, { allowed });
    return "allowed";
  } catch (error) {
    return error;
  }
}

const minio = "http://minio:9000";

describe("requireAllowedDestination", () => {
  it("allows every destination where there is no list", () => {
    const destination = { bucket: "any", path: "", endpoint: "http://anywhere", region: "us-east-1" };
    expect(() => requireAllowedDestination(destination, { allowed: undefined })).not.toThrow();
  });

  it.each<[string, Place]>([
    ["/backups", {}],
    ["/backups", { path: "any/thing" }],
    ["*/backups", { endpoint: "https://s3.example.com" }],
    ["*/*", { endpoint: minio, bucket: "any" }],
    ["*/*/*", { endpoint: minio, path: "any" }],
    ["minio:9000/backups", { endpoint: minio }],
    ["MinIO:9000/backups", { endpoint: "http://MINIO:9000/" }],
    ["s3.example.com/backups", { endpoint: "https://s3.example.com:443" }],
    ["s3.example.com/backups", { endpoint: "http://s3.example.com" }],
    ["[fd00::7]:9000/*", { endpoint: "http://[fd00::7]:9000" }],
    ["minio:9000/backups/prod", { endpoint: minio, path: "prod" }],
    ["minio:9000/backups/prod/", { endpoint: minio, path: "/prod/redis/" }],
    ["minio:9000/backups/prod/redis", { endpoint: minio, path: "prod/redis" }],
    ["/other, */else ,minio:9000/backups", { endpoint: minio }],
  ])("by %j allows %j", (list, place) => {
    expect(tryDestination(list, place)).toBe("allowed");
  });

  it.each<[string, Place]>([
    ["/backups", { bucket: "backups2" }],
    ["/backups", { bucket: "Backups" }],
    ["/backups", { endpoint: minio }],
    ["minio:9000/backups", {}],
    ["minio:9000/backups", { endpoint: "http://minio:9001" }],
    ["minio/backups", { endpoint: minio }],
    ["minio:9000/backups", { endpoint: "http://minio:9000@evil.example" }],
    ["minio:9000/backups", { endpoint: "http://evil.example/minio:9000" }],
    ["s3.example.com/*", { endpoint: "https://s3.example.com.evil.example" }],
    ["s3.example.com/*", { endpoint: "https://evil-s3.example.com" }],
    ["/backups/prod", {}],
    ["/backups/prod", { path: "production" }],
    ["/backups/prod", { path: "x/prod" }],
    ["/backups/prod/redis", { path: "prod" }],
    ["/backups/prod/redis", { path: "prod//redis" }],
    ["/backups/prod", { path: "Prod" }],
  ])("by %j refuses %j", (list, place) => {
    expect(tryDestination(list, place)).toMatchObject({ code: "DESTINATION_NOT_ALLOWED" });
  });

  it("says what was refused, without the password in its endpoint", () => {
    const place = { endpoint: "http://user:hidden@evil.example:9000", path: "redis" };
    expect(tryDestination("/backups", place)).toMatchObject({
      message:
        "the destination s3://backups/redis of evil.example:9000 is not among those that this manager allows",
    });
  });
});

describe("parseAllowedDestinations", () => {
  it.each([
    "",
    " , ",
    "backups",
    "/",
    "minio:9000/",
    "https://s3.example.com/backups",
    "s3.example.com:443/backups",
    "s3.example.com:80/backups",
    "user@minio/backups",
    "min io/backups",
    "minio?/backups",
    "fd00::7/backups",
    "/ok,bad",
  ])("refuses %j", (list) => {
    expect(() => parseAllowedDestinations(list)).toThrow(SyntaxError);
  });
});
