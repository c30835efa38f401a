import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createTemporaryDirectory,
  freePort,
  startKubernetesApi,
  startManager,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, becomesReady, plainText } from "./answer.ts";
import { runToEnd } from "./ended-manager.ts";
import { clusterName, type Environment, inKubernetes, sendTo, startSupervised } from "./instance.ts";

const notReady = (reason: string) => plainText(503, `redis not ready: its role is not known yet: ${reason}`);

/** Starts so many sentinel pods on ports, monitoring an instance from their first start. */
async function startSentinels(
  stack: AsyncDisposableStack,
  {
    ports,
    redisPort,
    env = {},
  }: { readonly ports: readonly number[]; readonly redisPort: number; readonly env?: Environment },
): Promise<void> {
  await Promise.all(
    ports.map(async (port) => {
      const folder = stack.use(await createTemporaryDirectory("sentinel"));
      const manager = stack.use(
        await startManager({
          app: "sentinel-manager",
          env: {
            CLUSTER_NAME: clusterName,
            DATA_DIR: folder.path,
            REDIS_PORT: String(port),
            REDIS_PRIMARY: `127.0.0.1:${redisPort}`,
            ...env,
          },
        }),
      );
      await becomesReady(manager);
    }),
  );
}

function sentinelsOn(ports: readonly number[]): Environment {
  return { CLUSTER_NAME: clusterName, REDIS_SENTINELS: ports.map((port) => `localhost:${port}`).join(",") };
}

function freePorts(): Promise<readonly [number, number, number]> {
  return Promise.all([freePort(), freePort(), freePort()]);
}

describe("REDIS_SENTINELS", () => {
  it("say in which role Redis starts; until they do it is alive, read-only and not ready", async () => {
    await using stack = new AsyncDisposableStack();
    const ports = await freePorts();
    const first = stack.use(await startSupervised(sentinelsOn(ports)));
    const second = stack.use(await startSupervised(sentinelsOn(ports)));
    for (const instance of [first, second]) {
      const reason = "no majority of the sentinels names a primary, 0 of 3 answer: ";
      const isWaiting = async () => (await ask(instance, "/readyz")).body.includes(reason);
      await waitFor(isWaiting, { what: reason });
      expect(await ask(instance, "/healthz")).toEqual(plainText(200, "ok"));
      await waitFor(async () => (await instance.send("PING")) === "PONG", { what: "Redis" });
      await expect(instance.send("SET", "key", "value")).rejects.toThrow("READONLY");
    }
    await startSentinels(stack, { ports, redisPort: first.redisPort });
    await Promise.all([becomesReady(first), becomesReady(second)]);
    expect(await first.send("SET", "key", "value")).toBe("OK");
    const isSynced = async () => (await second.send("GET", "key")) === "value";
    expect(await waitFor(isSynced, { what: "the second to follow" })).toBe(true);
  });

  it("are asked with their own password, and win over status.currentPrimary", async () => {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await createTemporaryDirectory("passwords"));
    const [sentinelPasswordFile, passwordFile] = [join(folder.path, "sentinel"), join(folder.path, "redis")];
    await writeFile(sentinelPasswordFile, "sentinels'\n");
    await writeFile(passwordFile, "redis'\n");
    const api = stack.use(await startKubernetesApi());
    api.setRedisClusters({ [clusterName]: { status: { currentPrimary: `${clusterName}-0` } } });
    const [ports, redisPort] = [await freePorts(), await freePort()];
    await startSentinels(stack, { ports, redisPort, env: { REDIS_PASSWORD_FILE: sentinelPasswordFile } });
    const env = { ...inKubernetes(api), ...sentinelsOn(ports), REDIS_PASSWORD_FILE: passwordFile };
    const refused = stack.use(await startSupervised(env));
    await waitFor(async () => (await ask(refused, "/readyz")).body.includes("0 of 3 answer: "), {
      what: "the refusal",
    });
    const other = stack.use(
      await startSupervised({ ...env, REDIS_SENTINEL_PASSWORD_FILE: sentinelPasswordFile }),
    );
    const reason = `the sentinels name 127.0.0.1:${redisPort}, which doesn't answer as a primary`;
    await waitFor(async () => (await ask(other, "/readyz")).body === notReady(reason).body, { what: reason });
    await expect(sendTo({ port: other.redisPort, passwordFile }, ["SET", "key", "value"])).rejects.toThrow(
      "READONLY",
    );
  });

  it.each([
    [{ CLUSTER_NAME: "c", REDIS_PRIMARY: "10.0.0.7" }, "can't be combined with REDIS_PRIMARY"],
    [{}, "needs CLUSTER_NAME or REDIS_SENTINEL_PRIMARY_NAME"],
    [{ REDIS_SENTINELS: "," }, "expected host[:port]"],
    [{ REDIS_SENTINELS: "a b" }, "expected host[:port]"],
  ])("are refused with %j", async (env, why) => {
    const { code, output } = await runToEnd({ REDIS_SENTINELS: "sentinel-0", ...env });
    expect([code, output]).toEqual([1, expect.stringContaining(`REDIS_SENTINELS: ${why}`)]);
  });
});
