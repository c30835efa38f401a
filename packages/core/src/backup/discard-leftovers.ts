import { describeError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { readS3Credentials } from "./credentials.ts";
import { discardUpload } from "./discard-upload.ts";
import { createS3Client, type S3Patience } from "./s3-client.ts";
import type { UploadEntry, UploadJournal } from "./upload-journal.ts";

/** What {@link discardLeftovers} works with. */
export interface LeftoversOptions extends S3Patience {
  readonly journal: UploadJournal;
  readonly credentialsDir: string;
  readonly logger: Logger;
}

/**
 * Removes what uploads have left in their stores whose processes were killed, and names it in the log.
 *
 * Never throws. What could not be removed stays in the journal.
 */
export async function discardLeftovers(options: LeftoversOptions): Promise<void> {
  try {
    for (const entry of await options.journal.list()) await discardEntry(entry, options);
  } catch (error) {
    options.logger.warn({ reason: describeError(error) }, "the memory of uploads can't be read");
  }
}

async function discardEntry(entry: UploadEntry, options: LeftoversOptions): Promise<void> {
  const { journal, credentialsDir, logger } = options;
  try {
    const { store, bucket, objectKey, uploadId } = entry;
    const credentials = await readS3Credentials(credentialsDir);
    const client = createS3Client({ ...options, store, credentials });
    try {
      const discarded = await discardUpload(entry, { client, credentials, journal, logger });
      if (discarded === undefined) return;
      const found = { bucket, key: objectKey, uploadId, ...discarded };
      if (discarded.uploads > 0 || discarded.object)
        logger.warn(found, "removed what a killed backup had left in the store");
      else logger.info(found, "a killed backup had left nothing in the store");
    } finally {
      client.destroy();
    }
  } catch (error) {
    logger.warn(
      { reason: describeError(error) },
      "removing what a killed backup has left in the store failed",
    );
  }
}
