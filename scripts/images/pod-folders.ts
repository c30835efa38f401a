import { chmod, chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory } from "@redis-operator/testbed";

/** What a pod's volumes are made of on this machine. */
export interface PodFolders extends AsyncDisposable {
  /** For `/data`. */
  readonly data: string;
  /** For `/backup-credentials`. */
  readonly credentials: string;
}

/** The user and the group of both images. */
export const imageUser = 999;

/**
 * Makes the folders of a pod. As root: `/data` is root's, and the group that `fsGroup` would name may write to it.
 *
 * @param options.group - Unset: that of the images.
 */
export async function createPodFolders(
  keys: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined,
  { group = imageUser }: { readonly group?: number } = {},
): Promise<PodFolders> {
  const folder = await createTemporaryDirectory("pod");
  const data = join(folder.path, "data");
  const credentials = join(folder.path, "credentials");
  await chmod(folder.path, 0o755);
  for (const path of [data, credentials]) await mkdir(path);
  if (process.getuid?.() === 0) await chown(data, 0, group);
  await chmod(data, 0o2775);
  if (keys !== undefined) {
    await writeFile(join(credentials, "AWS_ACCESS_KEY_ID"), keys.accessKeyId);
    await writeFile(join(credentials, "AWS_SECRET_ACCESS_KEY"), keys.secretAccessKey);
  }
  return { data, credentials, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}
