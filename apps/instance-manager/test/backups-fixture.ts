import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BackupJob, backupJobSchema } from "@redis-operator/client/contract";
import {
  createTemporaryDirectory,
  type Manager,
  type ObjectStore,
  type RedisServer,
  startManager,
  startObjectStore,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";

/** A bundled manager beside a Redis and an object store. */
export interface JobInstance extends Manager {
  readonly redis: RedisServer;
  readonly store: ObjectStore;
  /** Sends one request; a value as its body goes as JSON. */
  send(request: string, options?: SendOptions): Promise<Answer>;
  /** The body of a request for a backup to the store, or for a prune of it. */
  request(fields?: Readonly<Record<string, unknown>>, s3?: Readonly<Record<string, unknown>>): object;
}

/** What goes with a request. */
export interface SendOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** What a caller sees of an answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Of an error body. */
  readonly code: string | undefined;
  readonly json: unknown;
}

/** The bucket of every test. */
export const bucket = "backups";

/** What makes a caller get its job at once. */
export const respondAsync = { prefer: "respond-async" };

/** Starts a manager whose backups go to a store of its own. */
export async function startJobInstance(
  options: {
    readonly directives?: Readonly<Record<string, string>>;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<JobInstance> {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await startObjectStore({ buckets: [bucket] }));
  const folder = stack.use(await createTemporaryDirectory("credentials"));
  for (const [name, text] of Object.entries(store.credentials))
    await writeFile(join(folder.path, name), text);
  const data = stack.use(await createTemporaryDirectory("data"));
  const redis = stack.use(await startRedisServer({ directives: options.directives ?? {} }));
  const manager = stack.use(
    await startManager({
      app: "instance-manager",
      env: {
        REDIS_SUPERVISE: "false",
        REDIS_PORT: String(redis.port),
        DATA_DIR: data.path,
        BACKUP_CREDENTIALS_DIR: folder.path,
        ...options.env,
      },
    }),
  );
  const running = stack.move();
  return {
    ...manager,
    redis,
    store,
    send: (request, sendOptions) => send(manager.url, request, sendOptions),
    request: (fields = {}, s3 = {}) => ({
      backupName: "nightly",
      destination: { s3: { bucket, endpoint: store.endpoint, ...s3 } },
      ...fields,
    }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The same, with snapshots that take 3 s: 300 keys of 10 ms. */
export async function startSlowlySaving(
  options: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<JobInstance> {
  const instance = await startJobInstance({ ...options, directives: { "rdb-key-save-delay": "10000" } });
  await instance.redis.client.eval("for i = 1, 300 do redis.call('SET', i, i) end", 0);
  return instance;
}

/** Waits until Redis saves. */
export async function becomesSaving({ redis }: JobInstance): Promise<void> {
  const isSaving = async () => (await redis.client.info("persistence")).includes("rdb_bgsave_in_progress:1");
  await waitFor(isSaving, { what: "the save to run" });
}

/** Reads a job from an answer. */
export function jobOf({ json }: Answer): BackupJob {
  return backupJobSchema.parse(json);
}

/** Waits until a job has ended. */
export function hasEnded(instance: JobInstance, name: string): Promise<BackupJob> {
  const read = async () => {
    const job = jobOf(await instance.send(`GET /v1/backups/${name}`));
    return job.phase !== "running" && job;
  };
  return waitFor(read, { what: `backup ${name} to end` });
}

/** How many snapshots Redis has written. */
export async function countSaves({ redis }: JobInstance): Promise<number> {
  return Number(/rdb_saves:(\d+)/.exec(await redis.client.info("persistence"))?.[1]);
}

async function send(url: string, request: string, options: SendOptions = {}): Promise<Answer> {
  const [method = "GET", path = "/"] = request.split(" ");
  const response = await fetch(`${url}${path}`, {
    method,
    ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    ...(options.headers !== undefined && { headers: { ...options.headers } }),
    ...(options.signal !== undefined && { signal: options.signal }),
  });
  const text = await response.text();
  const json: unknown = text === "" ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, code: codeOf(json), json };
}

function codeOf(json: unknown): string | undefined {
  const body: { readonly error?: { readonly code?: string } } = Object(json);
  return body.error?.code;
}
