// What a backup costs, beside what a person would use in its place, at several sizes, to the same store in the same run.
// Usage: npm run pnpm -- run bench:backup [--sizes 100MB,1GB,4GB] [--methods rdb,aof] [--transports http,https]
//   [--values mixed|random] [--runs 3]
import { readdir, stat } from "node:fs/promises";
import { cpus, loadavg, release } from "node:os";
import { join } from "node:path";
import {
  createTemporaryDirectory,
  type RedisServer,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";
import { measureBounds } from "./bounds.ts";
import { createCommands } from "./commands.ts";
import { createFiller } from "./fill.ts";
import { startManagerSubjects } from "./manager-subject.ts";
import { readOptions } from "./options.ts";
import { renderBounds, renderTable, type SubjectResult } from "./report.ts";
import { startSinkStore, type Transport } from "./sink-store.ts";
import type { Measurement, Subject } from "./subject.ts";
import { requireTools } from "./tools.ts";

const options = readOptions(process.argv.slice(2));
const versions = requireTools();
console.log(
  [
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, Linux ${release()}, load ${loadavg()[0]?.toFixed(1)} before; ${versions.join("; ")}.`,
    `${options.runs} runs, median (least–most); MB are 10⁶ bytes; values in Redis: ${options.values}.\n`,
  ].join("\n"),
);

await using scratch = await createTemporaryDirectory("bench-backup");
await using redis = await startRedisServer({ directives: { "auto-aof-rewrite-percentage": "0" } });
const filler = createFiller(redis, options.values);
let filledBytes = 0;
for (const size of options.sizes) {
  await filler.fill(size.bytes - filledBytes);
  filledBytes = size.bytes;
  await save(redis);
  for (const transport of options.transports) await measureAll({ sizeName: size.name, transport });
}

async function measureAll({
  sizeName,
  transport,
}: {
  sizeName: string;
  transport: Transport;
}): Promise<void> {
  await using store = await startSinkStore({ transport, dir: scratch.path });
  const snapshot = join(redis.dir, "dump.rdb");
  console.log(renderBounds(await measureBounds({ store, file: snapshot })));
  const ground = { redis, store, dataDir: redis.dir, scratchDir: scratch.path };
  for (const method of options.methods) {
    if (method === "aof") await turnAofOn(redis);
    await using manager = await startManagerSubjects(ground);
    const results = await runInTurns([manager.createSubject(method), ...createCommands(method, ground)]);
    const sourceBytes =
      method === "rdb" ? (await stat(snapshot)).size : await sumFiles(join(redis.dir, "appendonlydir"));
    const title = `${method}, ${(sourceBytes / 1e6).toFixed(0)} MB (${sizeName}), ${transport}`;
    console.log(renderTable({ title, sourceBytes, results }));
    if (method === "aof") await redis.client.config("SET", "appendonly", "no");
  }
}

/** The subjects take turns, so that a busy moment of the machine doesn't fall on one of them alone. */
async function runInTurns(subjects: readonly Subject[]): Promise<readonly SubjectResult[]> {
  const results = subjects.map(({ name }) => ({ name, measurements: new Array<Measurement>() }));
  for (let run = 0; run < options.runs; run += 1) {
    for (const [index, subject] of subjects.entries()) {
      console.error(`run ${run + 1} of ${options.runs}: ${subject.name}`);
      results[index]?.measurements.push(await subject.run());
    }
  }
  return results;
}

async function save({ client }: RedisServer): Promise<void> {
  await client.save();
}

async function turnAofOn({ client }: RedisServer): Promise<void> {
  await client.config("SET", "appendonly", "yes");
  await waitFor(
    async () => /aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0/.test(await client.info("persistence")),
    {
      what: "the first rewrite of the append-only file",
      timeoutMs: 600_000,
    },
  );
}

async function sumFiles(dir: string): Promise<number> {
  const files = await Promise.all((await readdir(dir)).map((name) => stat(join(dir, name))));
  return files.reduce((total, { size }) => total + size, 0);
}
