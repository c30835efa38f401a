// The object store: S3 in memory, behind a proxy that can be told to be away or to break connections.
import { createHash } from "node:crypto";
import { startObjectStore, startStoreProxy, type Treatment } from "@redis-operator/testbed";
import { storeCommand, type StoreMode, storeOptions, type StoreReply } from "./messages.ts";
import { readAgentOptions, serve } from "./serve.ts";

const treatments = {
  ok: () => "forward",
  // As one does whose port nobody listens on any more.
  away: () => ({ resetAfterBytes: 0 }),
  unavailable: () => ({ status: 503, code: "SlowDown" }),
  // Every other request breaks, in the middle of its body if that is long.
  resetting: () => (requests++ % 2 === 0 ? { resetAfterBytes: 0 } : "forward"),
} satisfies Record<StoreMode, () => Treatment>;

const { host, bucket } = storeOptions.parse(readAgentOptions());
const store = await startObjectStore({ buckets: [bucket] });
let mode: StoreMode = "ok";
let requests = 0;
const proxy = await startStoreProxy({
  host,
  targetPort: store.port,
  treat: () => treatments[mode](),
});

serve(async (received): Promise<StoreReply> => {
  const command = storeCommand.parse(received);
  if (command.mode !== undefined) mode = command.mode;
  if (command.checksumOf !== undefined)
    return { endpoint: proxy.endpoint, ...(await read(command.checksumOf)) };
  if (command.list) return { endpoint: proxy.endpoint, keys: await listKeys() };
  if (command.empty) return { endpoint: proxy.endpoint, isEmpty: await empty() };
  return { endpoint: proxy.endpoint };
});

async function read(key: string) {
  const object = await store.readObject(bucket, key);
  return { sizeBytes: object.length, sha256: createHash("sha256").update(object).digest("hex") };
}

async function listKeys(): Promise<string[]> {
  const response = await fetch(`${store.endpoint}/${bucket}?list-type=2`);
  const text = await response.text();
  if (/<IsTruncated>true/.test(text)) throw new Error("more objects than one page of the list holds");
  return Array.from(text.matchAll(/<Key>([^<]*)<\/Key>/g), ([, key = ""]) => key);
}

/** Deletes every object, then tells whether that was all: what is unfinished keeps a bucket from being empty. */
async function empty(): Promise<boolean> {
  for (const key of await listKeys()) await fetch(`${store.endpoint}/${bucket}/${key}`, { method: "DELETE" });
  return store.isEmpty(bucket);
}
