import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { createTemporaryDirectory, startObjectStore } from "@redis-operator/testbed";
import {
  backUp,
  countKeys,
  follow,
  forgetPrimary,
  monitorPrimary,
  requireProbes,
  switchOver,
  writeKeys,
  writeThroughSentinels,
} from "./acts.ts";
import { startInstances, startSentinels, writeCredentials } from "./cluster.ts";
import type { Topology } from "./endpoints.ts";
import type { Step } from "./step.ts";

const bucket = "backups";

/** What {@link takeTour} needs. */
export interface TourOptions {
  /** Takes what the tour starts. */
  readonly started: AsyncDisposableStack;
  readonly runStep: <Result>(step: Step<Result>) => Promise<Result>;
}

/** Starts everything and shows what it does: replication, both backups, a failover through the SDK, the sentinels. */
export async function takeTour({ started, runStep }: TourOptions): Promise<Topology> {
  await runStep({
    title: "build both managers",
    run: async () => execFileSync("turbo", ["run", "build", "--output-logs=errors-only"], { stdio: "pipe" }),
  });
  const directory = started.use(await createTemporaryDirectory("redis-topology"));
  const ground = { dir: directory.path, credentialsDir: join(directory.path, "backup-credentials"), started };

  const store = await runStep({
    title: "start an S3 store",
    run: async () => {
      const { endpoint, credentials } = started.use(await startObjectStore({ buckets: [bucket] }));
      await writeCredentials(ground.credentialsDir, credentials);
      return { endpoint, bucket };
    },
    describe: ({ endpoint }) => endpoint,
  });
  const instances = await runStep({
    title: "start three instances, each a redis-server under its instance manager",
    run: () => startInstances(3, ground),
  });
  const [first, second, third] = instances;
  if (first === undefined || second === undefined || third === undefined)
    throw new Error("an instance is missing");

  await runStep({
    title: `make ${first.name} the primary of the others`,
    run: () => follow(first, [second, third]),
  });
  const sentinels = await runStep({
    title: "start three sentinels under their sentinel managers",
    run: () => startSentinels(3, { ...ground, primary: first }),
  });
  const written = await runStep({
    title: "write keys to the primary",
    run: () => writeKeys(first),
    describe: (count) => `${count} keys`,
  });
  for (const method of ["rdb", "aof"] as const) {
    await runStep({
      title: `back up as ${method}`,
      run: () => backUp(first, { method, store }),
      describe: ({ backupPath, backupSize }) => `${backupPath}, ${backupSize} bytes`,
    });
  }

  await runStep({
    title: `promote ${second.name} and point the others at it`,
    run: async () => {
      await forgetPrimary(sentinels);
      await switchOver(second, first);
      await follow(second, [first, third]);
      await monitorPrimary(sentinels, second);
    },
  });
  await runStep({
    title: "find every key on the new primary",
    run: async () => {
      const found = await countKeys(second);
      if (found !== written)
        throw new Error(`${second.name} holds ${found} keys, not the ${written} written`);
      return found;
    },
    describe: (count) => `${count} keys`,
  });
  await runStep({
    title: "write through the sentinels, as an application does",
    run: async () => {
      const port = await writeThroughSentinels(sentinels);
      if (port !== second.redisPort) throw new Error(`the write went to port ${port}, not to ${second.name}`);
    },
  });
  await runStep({
    title: "ask every probe",
    run: () => requireProbes([...instances, ...sentinels]),
  });
  return { primary: second, instances, sentinels, store };
}
