import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describeError, InstanceError } from "../errors.ts";

/** A key pair for an S3 store, with the token that temporary ones come with. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

// The first name whose file is not empty wins.
const fileNames = {
  accessKeyId: ["AWS_ACCESS_KEY_ID", "aws_access_key_id", "accessKeyId", "access_key_id"],
  secretAccessKey: ["AWS_SECRET_ACCESS_KEY", "aws_secret_access_key", "secretAccessKey", "secret_access_key"],
  sessionToken: ["AWS_SESSION_TOKEN", "aws_session_token", "sessionToken", "session_token"],
} as const;

/**
 * Reads the S3 credentials from files, anew at every call: a Kubernetes secret changes under a running pod.
 *
 * @returns `undefined` if the folder holds none of the files, or only empty ones.
 * @throws InstanceError `BACKUP_CREDENTIALS_INVALID` if only a part of a pair is there or a file can't be read.
 */
export async function readS3Credentials(credentialsDir: string): Promise<S3Credentials | undefined> {
  const [accessKeyId, secretAccessKey, sessionToken] = await Promise.all([
    readFirstNonEmpty(credentialsDir, fileNames.accessKeyId),
    readFirstNonEmpty(credentialsDir, fileNames.secretAccessKey),
    readFirstNonEmpty(credentialsDir, fileNames.sessionToken),
  ]);
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  }
  if (accessKeyId === undefined && secretAccessKey === undefined && sessionToken === undefined) {
    return undefined;
  }
  const missing = [
    ...(accessKeyId === undefined ? [fileNames.accessKeyId[0]] : []),
    ...(secretAccessKey === undefined ? [fileNames.secretAccessKey[0]] : []),
  ];
  throw new InstanceError(
    "BACKUP_CREDENTIALS_INVALID",
    `the backup credentials in ${credentialsDir} lack ${missing.join(" and ")}`,
  );
}

async function readFirstNonEmpty(folder: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const text = await readOptional(join(folder, name));
    if (text !== undefined && text !== "") return text;
  }
  return undefined;
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new InstanceError(
      "BACKUP_CREDENTIALS_INVALID",
      `reading the backup credentials file ${path} failed: ${describeError(cause)}`,
      { cause },
    );
  }
}
