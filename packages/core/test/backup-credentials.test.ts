import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { readS3Credentials } from "../src/backup/credentials.ts";

async function createFolder(files: Readonly<Record<string, string>>) {
  const folder = await createTemporaryDirectory("credentials");
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
  return folder;
}

const pair = { accessKeyId: "id", secretAccessKey: "secret" };

describe("readS3Credentials", () => {
  it.each([
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
    ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"],
    ["accessKeyId", "secretAccessKey", "sessionToken"],
    ["access_key_id", "secret_access_key", "session_token"],
  ])("reads %s, %s and %s, trimmed", async (id, secret, token) => {
    await using folder = await createFolder({ [id]: "id\n", [secret]: " secret \r\n", [token]: "token\n" });
    expect(await readS3Credentials(folder.path)).toEqual({ ...pair, sessionToken: "token" });
  });

  it("takes the first name whose file is not empty", async () => {
    await using folder = await createFolder({
      AWS_ACCESS_KEY_ID: " \n",
      aws_access_key_id: "id",
      accessKeyId: "later",
      secret_access_key: "later",
      secretAccessKey: "secret",
    });
    expect(await readS3Credentials(folder.path)).toEqual(pair);
  });

  it("reads the files anew at every call", async () => {
    await using folder = await createFolder({ accessKeyId: "id", secretAccessKey: "old" });
    await readS3Credentials(folder.path);
    await writeFile(join(folder.path, "secretAccessKey"), "secret");
    expect(await readS3Credentials(folder.path)).toEqual(pair);
  });

  it("answers undefined when the folder is missing, or holds none of the files, or only empty ones", async () => {
    await using folder = await createFolder({});
    expect(await readS3Credentials(join(folder.path, "missing"))).toBeUndefined();
    expect(await readS3Credentials(folder.path)).toBeUndefined();
    await writeFile(join(folder.path, "AWS_ACCESS_KEY_ID"), "\n");
    expect(await readS3Credentials(folder.path)).toBeUndefined();
  });

  it.each([
    ["the secret", { accessKeyId: "id" }, "lack AWS_SECRET_ACCESS_KEY"],
    ["the secret, an empty file", { accessKeyId: "id", secretAccessKey: "" }, "lack AWS_SECRET_ACCESS_KEY"],
    ["the key id", { secretAccessKey: "hidden" }, "lack AWS_ACCESS_KEY_ID"],
    ["both", { sessionToken: "hidden" }, "lack AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"],
  ])("names what is missing: %s", async (_what, files, message) => {
    await using folder = await createFolder(files);
    await expect(readS3Credentials(folder.path)).rejects.toMatchObject({
      code: "BACKUP_CREDENTIALS_INVALID",
      message: `the backup credentials in ${folder.path} ${message}`,
    });
  });

  it("takes a file that can't be read for an error, not for none", async () => {
    await using folder = await createFolder({ accessKeyId: "id", secretAccessKey: "secret" });
    await mkdir(join(folder.path, "AWS_ACCESS_KEY_ID"));
    await expect(readS3Credentials(folder.path)).rejects.toMatchObject({
      code: "BACKUP_CREDENTIALS_INVALID",
      message: expect.stringContaining("AWS_ACCESS_KEY_ID failed: EISDIR"),
    });
  });
});
