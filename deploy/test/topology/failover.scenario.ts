import {
  createTemporaryDirectory,
  describeNetwork,
  nameNetworkRun,
  removeStaleNetworks,
  waitFor,
} from "@redis-operator/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, createCluster } from "./cluster.ts";
import { type Pod, startPod } from "./pod.ts";
import { follows, leads, readReplication, send } from "./redis.ts";
import { startSteadyWriter } from "./writer.ts";

const timeoutMs = 120_000;
const ordinals = [0, 1, 2] as const;
const stack = new AsyncDisposableStack();
// Pods that are made anew find themselves at other addresses.
const lives = ["first", "second", "third", "fourth", "fifth", "sixth"] as const;
const network = describeNetwork({
  run: nameNetworkRun(),
  hosts: ["sentinel", "sentinel-new", ...lives].flatMap((life) =>
    ordinals.map((ordinal) => `${life}-${ordinal}`),
  ),
});
let cluster: Cluster;
let sentinels: readonly Pod[] = [];
/** By their ordinals. */
const instances: Pod[] = [];
const addresses = new Map<number, number>();

/** Makes a pod, at an address that none of its ordinal had. */
async function makePod(ordinal: number): Promise<Pod> {
  const life = lives[addresses.get(ordinal) ?? 0];
  addresses.set(ordinal, (addresses.get(ordinal) ?? 0) + 1);
  const host = network.host(`${life}-${ordinal}`);
  const pod = await startPod(cluster, cluster.instances, { ordinal, host, app: "instance-manager" });
  instances[ordinal] = pod;
  return pod;
}

function makeSentinel(ordinal: number, life: "sentinel" | "sentinel-new"): Promise<Pod> {
  const host = network.host(`${life}-${ordinal}`);
  return startPod(cluster, cluster.sentinels, { ordinal, host, app: "sentinel-manager" });
}

/** The instance that every sentinel names. */
async function readNamed(): Promise<Pod | undefined> {
  const named = await Promise.all(
    sentinels.map(async (pod) => {
      const answer = await send(pod, ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "redis"], 26_379);
      return answer.split("\n")[0];
    }),
  );
  return instances.find(({ name }) => named.every((address) => address?.split(".")[0] === name));
}

/** Waits until the sentinels agree on a primary, and all others follow that one. */
function formed(): Promise<Pod> {
  return waitFor(
    async () => {
      const primary = await readNamed();
      if (primary === undefined || !(await leads(primary, instances.length - 1))) return undefined;
      const others = instances.filter((pod) => pod !== primary);
      const following = await Promise.all(others.map((pod) => follows(pod, primary)));
      return following.every(Boolean) ? primary : undefined;
    },
    { what: "one primary that all others follow", timeoutMs },
  );
}

/** The instance that the sentinels choose in place of one that is down. */
function successorOf(former: Pod): Promise<Pod> {
  return waitFor(
    async () => {
      const named = await readNamed();
      const isPrimary = named !== undefined && (await readReplication(named))?.get("role") === "master";
      return named !== former && isPrimary ? named : undefined;
    },
    { what: `a successor of ${former.name}`, timeoutMs },
  );
}

/** Asks the first sentinel. */
function askSentinel(...command: readonly string[]): Promise<string> {
  const [sentinel] = sentinels;
  if (sentinel === undefined) throw new Error("there is no sentinel");
  return send(sentinel, ["SENTINEL", ...command], 26_379);
}

/** How many replicas a sentinel reaches. */
async function countReplicas(sentinel: Pod): Promise<number> {
  const replicas = await send(sentinel, ["SENTINEL", "REPLICAS", "redis"], 26_379);
  return Array.from(replicas.matchAll(/^flags\nslave$/gm)).length;
}

/** Waits until every sentinel reaches all replicas. Before that it couldn't choose one: it asks for them every 10 s. */
async function replicasAreKnown(): Promise<void> {
  await waitFor(
    async () => {
      const counts = await Promise.all(sentinels.map(countReplicas));
      return counts.every((count) => count === instances.length - 1);
    },
    { what: "the replicas to be known", timeoutMs },
  );
}

/** Waits until a pod follows, and tells every role that it had on the way. */
async function rolesUntilFollowing(pod: Pod, primary: Pod): Promise<ReadonlySet<string>> {
  const roles = new Set<string>();
  await waitFor(
    async () => {
      const role = (await readReplication(pod))?.get("role");
      if (role !== undefined) roles.add(role);
      return follows(pod, primary);
    },
    { what: `${pod.name} to follow ${primary.name}`, timeoutMs },
  );
  return roles;
}

beforeAll(async () => {
  removeStaleNetworks();
  stack.defer(() => network.remove());
  network.build();
  const folder = stack.use(await createTemporaryDirectory("deploy-topology"));
  cluster = await createCluster(folder.path);
  const startingSentinels = ordinals.map((ordinal) => makeSentinel(ordinal, "sentinel"));
  await Promise.all(ordinals.map(makePod));
  sentinels = await Promise.all(startingSentinels);
});

afterAll(async () => {
  await Promise.all([...sentinels, ...instances].map((pod) => pod.kill()));
  await stack.disposeAsync();
});

describe("the base of kustomize as processes", () => {
  it("begins with the first instance as the primary of all others, started in any order", async () => {
    const primary = await formed();
    expect(primary).toBe(instances[0]);
    expect(await send(primary, ["SET", "key", "first"])).toBe("OK");
  });

  it("keeps a primary whose container is restarted at once", async () => {
    const primary = await formed();
    await primary.kill();
    await primary.restart();
    expect(await formed()).toBe(primary);
    expect(await send(primary, ["GET", "key"])).toBe("first");
  });

  it("has one primary, old or new, after its pod was made anew at once", async () => {
    const former = await formed();
    await former.kill();
    await makePod(instances.indexOf(former));
    expect(await send(await formed(), ["GET", "key"])).toBe("first");
  });

  it("has a former primary follow its successor when its pod is made anew after the failover", async () => {
    const former = await formed();
    await former.kill();
    const successor = await successorOf(former);
    expect(await send(successor, ["SET", "key", "second"])).toBe("OK");
    const pod = await makePod(instances.indexOf(former));
    expect(await rolesUntilFollowing(pod, successor)).toEqual(new Set(["slave"]));
    expect(await formed()).toBe(successor);
    expect(await send(pod, ["GET", "key"])).toBe("second");
  });

  it("has a former primary follow its successor when its container comes back after the failover", async () => {
    const former = await formed();
    await former.kill();
    const successor = await successorOf(former);
    expect(await send(successor, ["SET", "key", "third"])).toBe("OK");
    await former.restart();
    expect(await rolesUntilFollowing(former, successor)).toEqual(new Set(["slave"]));
    expect(await formed()).toBe(successor);
    expect(await send(former, ["GET", "key"])).toBe("third");
  });

  it("has a primary wait whose name still leads to the address that its pod had before", async () => {
    const former = await formed();
    const { serviceName } = cluster.instances.spec;
    await replicasAreKnown();
    await former.kill();
    const pod = await makePod(instances.indexOf(former));
    cluster.place(pod.name, { serviceName, host: former.host });
    const successor = await successorOf(pod);
    expect(await rolesUntilFollowing(pod, successor)).toEqual(new Set(["slave"]));
    cluster.place(pod.name, { serviceName, host: pod.host });
    expect(await send(await formed(), ["GET", "key"])).toBe("third");
  });

  it("goes on when all instances are made anew at once, at other addresses", async () => {
    await formed();
    await Promise.all(instances.map((pod) => pod.kill()));
    await Promise.all(ordinals.map(makePod));
    expect(await send(await formed(), ["GET", "key"])).toBe("third");
  });

  it("goes on when everything is made anew at once, the sentinels at other addresses too", async () => {
    await formed();
    await Promise.all([...instances, ...sentinels].map((pod) => pod.kill()));
    const startingInstances = ordinals.map(makePod);
    sentinels = await Promise.all(ordinals.map((ordinal) => makeSentinel(ordinal, "sentinel-new")));
    await Promise.all(startingInstances);
    expect(await send(await formed(), ["GET", "key"])).toBe("third");
  });

  it("loses no write of a client that keeps its connection when the primary is changed in the documented order", async () => {
    const former = await formed();
    await replicasAreKnown();
    await using writer = await startSteadyWriter(former);
    await send(former, ["CLIENT", "PAUSE", "30000", "WRITE"]);
    await askSentinel("FAILOVER", "redis");
    const successor = await successorOf(former);
    await send(former, ["REPLICAOF", `${successor.name}.redis-instances.redis.svc`, "6379"]);
    await send(former, ["CLIENT", "UNPAUSE"]);
    await writer.isRefused();
    expect(await send(successor, ["GET", writer.key])).toBe(String(writer.acknowledged()));
    expect(await formed()).toBe(successor);
  });
});
