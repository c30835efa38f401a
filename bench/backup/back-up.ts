import { mkdir, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import type { SinkStore } from "./sink-store.ts";

/** @returns when the backup was answered, by `performance.now()`. @throws Error with the answer if it failed. */
export function backUp(
  url: string,
  options: { readonly backupName: string; readonly method: string; readonly store: SinkStore },
): Promise<number> {
  const { backupName, method, store } = options;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const destination = {
    bucket: store.bucket,
    endpoint: store.endpoint,
    ...(store.ca !== undefined && { caBundle: store.ca.pem }),
  };
  // Not fetch, which gives up after five minutes without an answer.
  const post = request(`${url}/v1/backup`, { method: "POST" }, (response) => {
    let body = "";
    response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    response.on("end", () => {
      if (response.statusCode === 200) resolve(performance.now());
      else reject(new Error(`${backupName} failed with HTTP ${response.statusCode}: ${body}`));
    });
  });
  post.on("error", reject);
  post.end(JSON.stringify({ backupName, method, destination: { s3: destination } }));
  return promise;
}

/** Writes what a manager needs to sign. @returns the folder, for `BACKUP_CREDENTIALS_DIR`. */
export async function writeCredentials({ credentials }: SinkStore, scratchDir: string): Promise<string> {
  const dir = join(scratchDir, "credentials");
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, "AWS_ACCESS_KEY_ID"), credentials.accessKeyId);
  await writeFile(join(dir, "AWS_SECRET_ACCESS_KEY"), credentials.secretAccessKey);
  return dir;
}
