import { startBlackHole, startRedisCluster, waitFor } from "@redis-operator/testbed";
import { expect, it } from "vitest";
import { readDeclared } from "../local/cluster.ts";
import { startQuickOperator } from "./quick-operator.ts";

const pollTimeoutMs = 1_000;

function isRound({ method, url }: { readonly method: string; readonly url: string }): boolean {
  return method === "GET" && url.endsWith("/redisclusters/cache");
}

it("spends no more than one timeout of a round on a pod that swallows everything", async () => {
  await using cluster = await startRedisCluster({ size: 3 });
  await using hole = await startBlackHole();
  await using operator = await startQuickOperator(cluster, {
    env: { POLL_INTERVAL: "10ms", POLL_TIMEOUT: `${pollTimeoutMs}ms` },
    places: { "cache-2": { host: hole.host, port: hole.port } },
  });
  // Without a word of it nobody can be named, so that all that is done is to poll.
  await waitFor(() => operator.log().some((line) => String(line["waiting"]).includes("cache-2")), {
    what: "the operator to miss it",
  });
  const countRounds = () => cluster.api.requests.filter(isRound).length;
  const before = countRounds();
  const rounds = 5;
  await waitFor(() => countRounds() >= before + rounds, {
    what: "further rounds, well before each could have spent two timeouts",
    timeoutMs: 2 * rounds * pollTimeoutMs,
  });
  expect(readDeclared(cluster).currentPrimary).toBeUndefined();
});
