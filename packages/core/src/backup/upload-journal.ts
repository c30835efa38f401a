import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { unlessMissing } from "../persistence/missing-file.ts";
import { parseJsonFields, type JsonFields } from "./json-fields.ts";
import type { ObjectHead } from "./object-head.ts";
import type { PreviousObject } from "./previous-object.ts";
import type { S3Store } from "./s3-destination.ts";

/** An upload under way: all that is needed to remove what it leaves when its process is killed. No secret. */
export interface UploadEntry {
  readonly store: S3Store;
  readonly bucket: string;
  readonly objectKey: string;
  /** When the backup was started, as it will stand in its metadata: ISO 8601. */
  readonly startedAt: string;
  /** What lay under the key before. */
  readonly previous: PreviousObject;
  /** Of a multipart upload, once the store has named it. */
  readonly uploadId?: string | undefined;
  /** Whether the store has said that the object is there. */
  readonly isStored?: boolean | undefined;
  /** What the store said of it then. */
  readonly stored?: ObjectHead | undefined;
}

/** What the journal keeps of a store: how it is reached, and no secret that stands in its URL. */
export function toJournalStore({ endpoint, region, forcePathStyle, checksum, caBundle }: S3Store): S3Store {
  const url = endpoint === undefined ? null : URL.parse(endpoint);
  if (url !== null) {
    url.username = "";
    url.password = "";
    url.search = "";
  }
  return { endpoint: url?.href, region, forcePathStyle, checksum, caBundle };
}

/** Remembers uploads for as long as they may leave something behind. */
export interface UploadJournal {
  /** All that are remembered. What can't be understood is dropped, and named in the log. @throws Error if the folder can't be read. */
  list(): Promise<readonly UploadEntry[]>;
  /** Remembers an upload, or what it has come to. Never throws: a disk that is full should not cost the backup too. */
  write(entry: UploadEntry): Promise<void>;
  /** Never throws. */
  forget(entry: UploadEntry): Promise<void>;
}

/** Creates a journal in a folder of its own, which only the owner can read, and which is there as long as it is needed. */
export function createUploadJournal(dir: string, logger: Logger): UploadJournal {
  // One file for each: two processes never write the same one.
  const fileOf = (entry: UploadEntry) => join(dir, `${identify(entry)}.json`);

  async function readEntry(file: string): Promise<readonly UploadEntry[]> {
    const text = await readFile(file, "utf8");
    try {
      return [parseEntry(text)];
    } catch (error) {
      logger.warn({ file, reason: describeError(error) }, "the memory of an upload is dropped");
      await rm(file, { force: true });
      await removeEmptyFolder(dir);
      return [];
    }
  }

  return {
    async list() {
      const names = (await unlessMissing(readdir(dir))) ?? [];
      const files = names.filter((name) => name.endsWith(".json")).map((name) => join(dir, name));
      return (await Promise.all(files.map(readEntry))).flat();
    },
    async write(entry) {
      try {
        const file = fileOf(entry);
        await makeFolder(dir);
        await writeFile(`${file}.next`, JSON.stringify(entry), { mode: 0o600 });
        await rename(`${file}.next`, file);
      } catch (error) {
        logger.warn(
          { reason: describeError(error) },
          "remembering the upload failed: if the manager is killed before its end, parts of it stay in the store",
        );
      }
    },
    async forget(entry) {
      try {
        await rm(fileOf(entry), { force: true });
        await removeEmptyFolder(dir);
      } catch (error) {
        logger.warn({ reason: describeError(error) }, "forgetting an upload that has ended failed");
      }
    },
  };
}

function identify({ bucket, objectKey, startedAt }: UploadEntry): string {
  return createHash("sha256").update([bucket, objectKey, startedAt].join("\n")).digest("hex").slice(0, 32);
}

async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { mode: 0o700 });
  } catch (error) {
    if (!hasCode(error, ["EEXIST"])) throw error;
  }
}

async function removeEmptyFolder(dir: string): Promise<void> {
  try {
    await rmdir(dir);
  } catch (error) {
    if (!hasCode(error, ["ENOENT", "ENOTEMPTY"])) throw error;
  }
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.some((code) => error.code === code);
}

function parseEntry(text: string): UploadEntry {
  const fields = parseJsonFields(text, (why) => new Error(why));
  return {
    store: parseStore(fields.object("store")),
    bucket: fields.text("bucket"),
    objectKey: fields.text("objectKey"),
    startedAt: fields.time("startedAt"),
    previous: parsePrevious(fields.object("previous")),
    uploadId: fields.optionalText("uploadId"),
    isStored: fields.optionalFlag("isStored"),
    stored: parseHead(fields.optionalObject("stored")),
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

function parsePrevious(fields: JsonFields): PreviousObject {
  const kind = fields.oneOf("kind", ["none", "unknown", "object"]);
  if (kind !== "object") return { kind };
  return {
    kind,
    head: parseHead(fields.object("head")),
    backupStartedAt: fields.optionalText("backupStartedAt"),
  };
}

function parseHead(fields: JsonFields): ObjectHead;
function parseHead(fields: JsonFields | undefined): ObjectHead | undefined;
function parseHead(fields: JsonFields | undefined): ObjectHead | undefined {
  return (
    fields && {
      sizeBytes: fields.count("sizeBytes"),
      lastModified: fields.optionalText("lastModified"),
      eTag: fields.optionalText("eTag"),
    }
  );
}
