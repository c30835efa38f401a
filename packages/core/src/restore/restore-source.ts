/** The object that is restored. */
export interface RestoreSource {
  readonly bucket: string;
  readonly key: string;
}

/**
 * Parses `s3://<bucket>/<key>`, as a backup's `backupPath` has it. The key is taken as it stands: nothing in it is
 * percent-encoded.
 *
 * @returns `undefined` if it is no such text.
 */
export function parseRestoreSource(uri: string): RestoreSource | undefined {
  const [, bucket, key] = /^s3:\/\/([^/\p{Cc}]+)\/(\P{Cc}+)$/u.exec(uri) ?? [];
  return bucket === undefined || key === undefined ? undefined : { bucket, key };
}

/** The text that {@link parseRestoreSource} reads. */
export function formatRestoreSource({ bucket, key }: RestoreSource): string {
  return `s3://${bucket}/${key}`;
}
