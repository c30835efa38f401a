// `pnpm run try`: three managers, each with its Redis, an API server, and the operator. The primary is killed and comes back.
import { startRedisCluster, waitFor } from "@redis-operator/testbed";
import { becomesWhole, podOf } from "./cluster.ts";
import { startOperator } from "./start-operator.ts";

await using cluster = await startRedisCluster({ size: 3 });
for (const { name, host, port } of cluster.pods) console.log(`${name}: http://${host}:${port}`);

await using operator = await startOperator(cluster);
const first = await becomesWhole(cluster);
console.log(
  `${first} is the primary. It is killed, and started again once the operator has planned without it.`,
);

await podOf(cluster, first).kill();
await waitFor(() => operator.log().some(({ message }) => message === "failover planned"), {
  what: "the operator to plan a failover",
});
await podOf(cluster, first).restart();
const next = await becomesWhole(cluster, { primaryIsNot: first });
console.log(`${next} is the primary, and every other pod follows it. What the operator has logged:`);
for (const line of operator.log()) console.log(JSON.stringify(line));
