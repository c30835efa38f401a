import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { describeError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { parseJsonFields, type JsonFields } from "./json-fields.ts";
import type { ObjectHead } from "./object-head.ts";
import type { S3Store } from "./s3-destination.ts";

/** An upload under way: all that is needed to remove what it leaves when its process is killed. No secret. */
export interface UploadEntry {
  readonly store: S3Store;
  readonly bucket: string;
  readonly objectKey: string;
  /** When the backup was started, as it will stand in its metadata: ISO 8601. */
  readonly startedAt: string;
  /** What lay under the key before. */
  readonly previous?: ObjectHead | undefined;
  /** Of a multipart upload, once the store has named it. */
  readonly uploadId?: string | undefined;
  /** Whether the store has said that the object is there. */
  readonly isStored?: boolean | undefined;
}

/** What the journal keeps of a store: how it is reached, and no password that stands in its URL. */
export function toJournalStore({ endpoint, region, forcePathStyle, checksum, caBundle }: S3Store): S3Store {
  const url = endpoint === undefined ? null : URL.parse(endpoint);
  if (url !== null) {
    url.username = "";
    url.password = "";
  }
  return { endpoint: url?.href, region, forcePathStyle, checksum, caBundle };
}

/** Remembers an upload for as long as it may leave something behind. */
export interface UploadJournal {
  /** @returns `undefined` if no upload is remembered. @throws Error if the file can't be read or understood. */
  read(): Promise<UploadEntry | undefined>;
  /** Never throws: a disk that is full should not cost the backup too. */
  write(entry: UploadEntry): Promise<void>;
  /** Never throws. */
  clear(): Promise<void>;
}

/** Creates a journal in a file of its own, which only the owner can read. */
export function createUploadJournal(file: string, logger: Logger): UploadJournal {
  return {
    async read() {
      const text = await readFile(file, "utf8").catch((error: unknown) => {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      });
      return text === undefined ? undefined : parseEntry(text);
    },
    async write(entry) {
      try {
        const next = `${file}.next`;
        await writeFile(next, JSON.stringify(entry), { mode: 0o600 });
        await rename(next, file);
      } catch (error) {
        logger.warn(
          { reason: describeError(error) },
          "remembering the upload failed: if the manager is killed before its end, parts of it stay in the store",
        );
      }
    },
    async clear() {
      try {
        await rm(file, { force: true });
      } catch (error) {
        logger.warn({ reason: describeError(error) }, "forgetting an upload that has ended failed");
      }
    },
  };
}

function parseEntry(text: string): UploadEntry {
  const fields = parseJsonFields(text, (why) => new Error(`the memory of an upload is no good: ${why}`));
  return {
    store: parseStore(fields.object("store")),
    bucket: fields.text("bucket"),
    objectKey: fields.text("objectKey"),
    startedAt: fields.time("startedAt"),
    previous: parseHead(fields.optionalObject("previous")),
    uploadId: fields.optionalText("uploadId"),
    isStored: fields.optionalFlag("isStored"),
  };
}

function parseStore(fields: JsonFields): S3Store {
  return {
    endpoint: fields.optionalText("endpoint"),
    region: fields.text("region"),
    forcePathStyle: fields.optionalFlag("forcePathStyle"),
    checksum: fields.optionalOneOf("checksum", ["when-supported", "when-required"]),
    caBundle: fields.optionalText("caBundle"),
  };
}

function parseHead(fields: JsonFields | undefined): ObjectHead | undefined {
  return (
    fields && {
      sizeBytes: fields.count("sizeBytes"),
      lastModified: fields.optionalText("lastModified"),
      eTag: fields.optionalText("eTag"),
    }
  );
}
