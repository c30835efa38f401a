import { createInstanceClient } from "@redis-operator/client";
import { freePort, startKubernetesApi, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, becomesReady, failureOf } from "./answer.ts";
import { clusterName, inKubernetes, peerList, startAttached } from "./instance.ts";

const clientOf = ({ port }: { readonly port: number }) => createInstanceClient({ host: "127.0.0.1", port });
const viewOf = (manager: { readonly port: number }) => clientOf(manager).failsafe();

const names = async (manager: { readonly port: number }, podName: string) =>
  (await viewOf(manager)).primary?.podName === podName;

describe("GET /failsafe", () => {
  it("answers what a manager alone knows: its role, and nothing of a cluster", async () => {
    await using instance = await startAttached({ env: { POD_NAME: "cache-0" } });
    await waitFor(async () => (await viewOf(instance)).role === "master", { what: "the role to be read" });
    expect(await viewOf(instance)).toEqual({ podName: "cache-0", role: "master", source: "none" });
  });

  it("answers whom a replica follows, whom it knows as the primary, and since when", async () => {
    await using api = await startKubernetesApi();
    api.setPods([{ name: `${clusterName}-1`, cluster: clusterName, ip: "10.0.0.2" }]);
    api.setRedisClusters({ [clusterName]: { status: { currentPrimary: `${clusterName}-1` } } });
    await using instance = await startAttached({ env: inKubernetes(api) });
    await instance.redis.client.replicaof("10.255.255.1", 6379);
    const isRead = ({ role, source }: Awaited<ReturnType<typeof viewOf>>) =>
      role === "slave" && source === "api-server";
    await waitFor(async () => isRead(await viewOf(instance)), { what: "role and cluster to be read" });
    expect(await viewOf(instance)).toEqual({
      podName: `${clusterName}-0`,
      role: "slave",
      follows: { host: "10.255.255.1", port: 6379 },
      primary: { podName: `${clusterName}-1`, ip: "10.0.0.2" },
      source: "api-server",
      apiServerSeenMsAgo: expect.any(Number),
    });
  });

  it("answers while Redis hangs, from memory", async () => {
    await using instance = await startAttached();
    await becomesReady(instance);
    await waitFor(async () => (await viewOf(instance)).role, { what: "the role to be read" });
    instance.redis.process.kill("SIGSTOP");
    expect(await viewOf(instance)).toMatchObject({ role: "master" });
    instance.redis.process.kill("SIGCONT");
  });

  it("answers errors in the contract's shape", async () => {
    await using instance = await startAttached();
    expect(failureOf(await ask(instance, "/failsafe", { method: "POST" }))).toMatchObject({
      status: 405,
      code: "METHOD_NOT_ALLOWED",
    });
  });

  it("makes a primary that reaches only peers that know of another one hold its writes", async () => {
    await using api = await startKubernetesApi();
    api.setPods([]);
    api.setRedisClusters({ [clusterName]: { status: { currentPrimary: `${clusterName}-0` } } });
    await using peer = await startAttached({ env: { ...inKubernetes(api), POD_NAME: `${clusterName}-1` } });
    await using apiOfPrimary = await startKubernetesApi();
    apiOfPrimary.setRedisClusters({ [clusterName]: { status: { currentPrimary: `${clusterName}-0` } } });
    await using primary = await startAttached({
      env: {
        ...inKubernetes(apiOfPrimary),
        PEERS: peerList(peer),
        SELF_FENCING_ENABLED: "true",
        PRIMARY_ISOLATION_CHECK_INTERVAL: "100ms",
        PRIMARY_ISOLATION_API_SERVER_TIMEOUT: "200ms",
      },
    });
    await waitFor(() => names(primary, `${clusterName}-0`), { what: "the primary to know itself" });
    await waitFor(() => apiOfPrimary.watches.watches() === 2, { what: "the RedisCluster to be followed" });
    apiOfPrimary.setMode("stalled");
    // The peer hears of the API server later than this, however long it takes to answer.
    await waitFor(async () => ((await viewOf(primary)).apiServerSeenMsAgo ?? 0) > 3_000, {
      what: "some time to pass",
    });
    api.setRedisClusters({ [clusterName]: { status: { currentPrimary: `${clusterName}-1` } } });
    await waitFor(() => names(peer, `${clusterName}-1`), { what: "the peer to know of the other primary" });

    const heldWrites = async () => {
      const { alive, checks } = await clientOf(primary).healthzVerbose();
      return { alive, writes: checks.find(({ name }) => name === "writes") };
    };
    await waitFor(async () => (await heldWrites()).writes?.outcome === "held", { what: "writes to be held" });
    expect(await heldWrites()).toMatchObject({ alive: true, writes: { detail: "superseded" } });
    const held = primary.redis.client.duplicate({ lazyConnect: false });
    let answer: unknown;
    const answered = held.set("key", "value").then((reply) => (answer = reply));
    await waitFor(async () => /cmd=set/.test(String(await primary.redis.client.call("CLIENT", "LIST"))), {
      what: "the write to arrive",
    });
    expect(answer).toBeUndefined();
    apiOfPrimary.setMode("ok");
    await answered;
    expect(answer).toBe("OK");
    held.disconnect();
  });

  it("lets writes that it holds go by themselves when it is killed", async () => {
    await using instance = await startAttached({
      env: {
        PEERS: peerList({ port: await freePort() }),
        SELF_FENCING_ENABLED: "true",
        PRIMARY_ISOLATION_CHECK_INTERVAL: "100ms",
      },
    });
    const isHolding = async () => {
      const { checks } = await clientOf(instance).healthzVerbose();
      return checks.some(({ outcome, detail }) => outcome === "held" && detail === "isolated");
    };
    await waitFor(isHolding, { what: "writes to be held" });
    const client = instance.redis.client.duplicate({ lazyConnect: false });
    let answer: unknown;
    const answered = client.set("key", "value").then((reply) => (answer = reply));
    await waitFor(async () => /cmd=set/.test(String(await instance.redis.client.call("CLIENT", "LIST"))), {
      what: "the write to arrive",
    });
    instance.process.kill("SIGKILL");
    await instance.process.exited;
    expect(answer).toBeUndefined();
    await answered;
    expect(answer).toBe("OK");
    client.disconnect();
  });
});
