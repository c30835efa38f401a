import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createTemporaryDirectory,
  type RedisClusterOnHost,
  startObjectStore,
  startRedisCluster,
  waitFor,
} from "@redis-operator/testbed";
import { expect, it } from "vitest";
import * as z from "zod";
import { becomesWhole } from "../local/cluster.ts";
import { startQuickOperator } from "./quick-operator.ts";

const bucket = "backups";

it("backs a replica up on schedule, and keeps as many backups as it is told", async () => {
  await using store = await startObjectStore({ buckets: [bucket] });
  await using credentials = await createTemporaryDirectory("credentials");
  for (const [name, value] of Object.entries(store.credentials))
    await writeFile(join(credentials.path, name), value);
  await using cluster = await startRedisCluster({
    size: 2,
    env: { BACKUP_CREDENTIALS_DIR: credentials.path },
  });
  const primary = await bootstrap(cluster);
  await using operator = await startQuickOperator(cluster, {
    env: {
      BACKUP_BUCKET: bucket,
      BACKUP_ENDPOINT: store.endpoint,
      BACKUP_EVERY: "2s",
      BACKUP_KEEP_LAST: "1",
    },
  });
  const found = (message: string) => operator.log().filter((line) => line.message === message);
  await waitFor(() => found("backups pruned").length > 0, { what: "an old backup to be deleted" });

  const [first, second] = found("backup stored");
  expect([first?.["instance"], second?.["instance"]]).not.toContain(primary);
  const [pruned] = z.array(z.string()).parse(found("backups pruned")[0]?.["objectKeys"]);
  expect(first?.["backupPath"]).toBe(`s3://${bucket}/${pruned}`);
  expect(pruned).toMatch(/^default\/cache\/cache-\d{8}t\d+z\.rdb$/);
});

/** Has replicas in sync before the first backup is due, which would be the primary's otherwise. */
async function bootstrap(cluster: RedisClusterOnHost): Promise<string> {
  await using _operator = await startQuickOperator(cluster);
  return await becomesWhole(cluster);
}
