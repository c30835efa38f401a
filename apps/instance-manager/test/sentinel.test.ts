import {
  connectThroughSentinels,
  createTemporaryDirectory,
  freePort,
  startManager,
  waitFor,
} from "@redis-operator/testbed";
import { expect, it } from "vitest";
import { ask, becomesReady, plainText, post } from "./answer.ts";
import { sendTo, type SupervisedInstance, startSupervised } from "./instance.ts";

const name = "cache";
const quorum = "2";

interface Sentinel extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/** A bundled sentinel manager with its redis-sentinel, which monitors nothing yet. */
async function startSentinelPod(): Promise<Sentinel> {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await createTemporaryDirectory("sentinel"));
  const port = await freePort();
  const env = { DATA_DIR: folder.path, REDIS_PORT: String(port) };
  const manager = stack.use(await startManager({ app: "sentinel-manager", env }));
  await becomesReady(manager);
  return { url: manager.url, port, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function monitor(sentinels: readonly Sentinel[], { redisPort }: SupervisedInstance): Promise<void> {
  for (const sentinel of sentinels) {
    await sendTo(sentinel, ["SENTINEL", "MONITOR", name, "127.0.0.1", String(redisPort), quorum]);
  }
}

async function forget(sentinels: readonly Sentinel[]): Promise<void> {
  for (const sentinel of sentinels) await sendTo(sentinel, ["SENTINEL", "REMOVE", name]);
}

it("a client that asks the sentinels finds the primary, before a switchover by promote and demote and after it", async () => {
  await using stack = new AsyncDisposableStack();
  const [first, second] = await Promise.all([startSupervised(), startSupervised()]);
  stack.use(first);
  stack.use(second);
  await Promise.all([becomesReady(first), becomesReady(second)]);
  for (const instance of [first, second])
    await instance.send("CONFIG", "SET", "repl-diskless-sync-delay", "0");
  await post(second, `/v1/demote?primaryIP=127.0.0.1&port=${first.redisPort}`);
  const sentinels = await Promise.all([startSentinelPod(), startSentinelPod(), startSentinelPod()]);
  for (const sentinel of sentinels) stack.use(sentinel);
  await monitor(sentinels, first);

  const addresses = sentinels.map(({ port }) => ({ host: "127.0.0.1", port }));
  const client = connectThroughSentinels({ name, sentinels: addresses });
  stack.defer(() => client.disconnect());
  await client.set("before", "value");
  expect(await first.send("GET", "before")).toBe("value");
  await waitFor(async () => (await second.send("GET", "before")) === "value", {
    what: "the replica to be in step",
  });

  await forget(sentinels);
  expect(await post(second, "/v1/promote")).toEqual(plainText(200, "promoted"));
  expect(await post(first, `/v1/demote?primaryIP=127.0.0.1&port=${second.redisPort}`)).toEqual(
    plainText(200, "demoted"),
  );
  await monitor(sentinels, second);
  await client.set("after", "value");
  expect(await second.send("GET", "after")).toBe("value");
  const newClient = connectThroughSentinels({ name, sentinels: addresses });
  stack.defer(() => newClient.disconnect());
  expect(await newClient.mget("before", "after")).toEqual(["value", "value"]);
  await waitFor(async () => (await first.send("GET", "after")) === "value", {
    what: "the former primary to follow",
  });
  for (const sentinel of sentinels) expect(await ask(sentinel, "/readyz")).toEqual(plainText(200, "ok"));
});
