import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createTemporaryDirectory,
  type KubernetesApiMode,
  type KubernetesApiServer,
  startKubernetesApi,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createKubernetesApi } from "../src/kubernetes/api.ts";
import { createClusterStateFile } from "../src/kubernetes/cluster-state-file.ts";
import {
  type ClusterObserverOptions,
  createClusterObserver,
} from "../src/kubernetes/create-cluster-observer.ts";
import type { ObserverPace } from "../src/kubernetes/observer-pace.ts";
import { createRecordingLogger } from "./recording-logger.ts";

const pace: ObserverPace = {
  requestTimeoutMs: 10_000,
  watchMs: 600_000,
  silenceMs: 60_000,
  pollMs: 10,
  watchAgainMs: 600_000,
  firstRetryMs: 5,
  longestRetryMs: 20,
};

const cluster = { namespace: "default", name: "cache" };
const clusterPath = "/apis/redis.io/v1/namespaces/default/redisclusters";
const pod = (name: string, ip: string) => ({ name, ip, cluster: "cache" });
const naming = (currentPrimary: string) => ({ cache: { status: { currentPrimary } } });

function observe(
  server: KubernetesApiServer,
  options: Partial<ClusterObserverOptions> & { path?: string } = {},
) {
  const { logger, lines } = createRecordingLogger();
  const { path, ...rest } = options;
  const observer = createClusterObserver({
    api: createKubernetesApi(server),
    cluster,
    file: path === undefined ? undefined : createClusterStateFile(path, { cluster, logger }),
    pace,
    logger,
    ...rest,
  });
  observer.start();
  const primary = () => observer.current()?.state.primary?.podName;
  const failed = () => lines.filter(({ level }) => level === "warn").map(({ fields }) => fields["what"]);
  return {
    observer,
    lines,
    primary,
    /** The lines that say that a resource is read at an interval. */
    pollings: () => lines.filter(({ fields }) => fields["pollMs"] !== undefined),
    /** What each warning is of. */
    failed,
    bothFail: () =>
      waitFor(() => new Set(failed()).size === 2, { what: "the failure of both resources to be noticed" }),
    becomes: (podName: string) =>
      waitFor(() => primary() === podName, { what: `${podName} to be the primary` }),
    isFresh: () =>
      waitFor(() => observer.current()?.source === "api-server", { what: "a state from the API server" }),
    [Symbol.dispose]: () => observer.stop(),
  };
}

/** Requests by what they ask for. */
function countRequests({ requests }: KubernetesApiServer) {
  const count = (pattern: RegExp) => requests.filter(({ url }) => pattern.test(url)).length;
  return {
    clusterReads: count(/redisclusters\/cache$/),
    clusterWatches: count(/redisclusters\?.*watch=1/),
    podLists: count(/\/pods\?(?!.*watch=1)/),
    podWatches: count(/\/pods\?.*watch=1/),
  };
}

const annotated = (annotation: string, peerTimeout: string, currentPrimary: string) => ({
  cache: {
    metadata: { annotations: { "redis.io/fencedInstances": annotation } },
    spec: { primaryIsolation: { peerTimeout } },
    status: { currentPrimary },
  },
});

const watching = (server: KubernetesApiServer) =>
  waitFor(() => server.watches.watches() === 2, { what: "both watches to be open" });

describe("an observer of a cluster", () => {
  it("knows nothing before it is started, and all that the API server says once it is", async () => {
    await using server = await startKubernetesApi();
    server.setPods([pod("cache-0", "10.0.0.1"), pod("cache-1", "10.0.0.2")]);
    server.setRedisClusters({
      cache: {
        metadata: { annotations: { "redis.io/fencedInstances": '["cache-2"]' } },
        spec: { redis: { maxmemory: "1gb" }, primaryIsolation: { enabled: false, peerTimeout: "2s" } },
        status: { currentPrimary: "cache-1" },
      },
    });
    using setup = observe(server);
    expect(setup.observer.current()).toBeUndefined();
    await setup.isFresh();
    expect(setup.observer.current()).toEqual({
      source: "api-server",
      ageMs: expect.any(Number),
      state: {
        primary: { podName: "cache-1", ip: "10.0.0.2" },
        fencedPods: ["cache-2"],
        directives: { maxmemory: "1gb" },
        isolation: { enabled: false, apiServerTimeoutMs: undefined, peerTimeoutMs: 2_000 },
        pods: [
          { name: "cache-0", ip: "10.0.0.1" },
          { name: "cache-1", ip: "10.0.0.2" },
        ],
      },
    });
  });

  it("tells a state from the API server only once the primary's address was asked for as well", async () => {
    await using server = await startKubernetesApi();
    server.setPods([pod("cache-1", "10.0.0.2")]);
    server.setRedisClusters(naming("cache-1"));
    using setup = observe(server);
    const told: unknown[] = [];
    setup.observer.subscribe(() => told.push(setup.observer.current()?.state.primary));
    await setup.isFresh();
    expect(told).toEqual([{ podName: "cache-1", ip: "10.0.0.2" }]);
  });

  it("tells changes as they happen, each once, without another read", async () => {
    await using server = await startKubernetesApi();
    server.setPods([pod("cache-0", "10.0.0.1")]);
    server.setRedisClusters(naming("cache-0"));
    using setup = observe(server);
    await watching(server);
    const told: unknown[] = [];
    const unsubscribe = setup.observer.subscribe(() => told.push(setup.observer.current()?.state.primary));
    server.setPods([pod("cache-0", "10.0.0.1"), pod("cache-1", "10.0.0.2")]);
    await waitFor(() => setup.observer.current()?.state.pods.length === 2, { what: "the pod that came" });
    server.setRedisClusters(naming("cache-1"));
    await setup.becomes("cache-1");
    server.setPods([{ ...pod("cache-0", "10.0.0.1"), isBeingDeleted: true }, pod("cache-1", "10.0.0.3")]);
    await waitFor(() => setup.observer.current()?.state.pods[0]?.ip === "10.0.0.3", {
      what: "the changed pods",
    });
    expect(told).toEqual([
      { podName: "cache-0", ip: "10.0.0.1" },
      { podName: "cache-1", ip: "10.0.0.2" },
      { podName: "cache-1", ip: "10.0.0.2" },
      { podName: "cache-1", ip: "10.0.0.3" },
    ]);
    unsubscribe();
    server.setRedisClusters(naming("cache-0"));
    await setup.becomes("cache-0");
    expect(told).toHaveLength(4);
    expect(countRequests(server)).toEqual({ clusterReads: 1, clusterWatches: 1, podLists: 1, podWatches: 1 });
  });

  it("is confirmed by bookmarks", async () => {
    await using server = await startKubernetesApi();
    server.setRedisClusters(naming("cache-0"));
    using setup = observe(server);
    await watching(server);
    await waitFor(() => (setup.observer.current()?.ageMs ?? 0) > 50, { what: "the state to age" });
    const sentAt = performance.now();
    server.watches.sendBookmarks();
    await waitFor(() => performance.now() - (setup.observer.current()?.ageMs ?? Infinity) >= sentAt, {
      what: "the state to be confirmed",
    });
    expect(countRequests(server)).toMatchObject({ clusterReads: 1, clusterWatches: 1 });
  });

  it("goes on where an ended watch was, after a bookmark from there, with one request for each", async () => {
    await using server = await startKubernetesApi();
    server.setRedisClusters(naming("cache-0"));
    using setup = observe(server, { pace: { ...pace, firstRetryMs: 0 } });
    await watching(server);
    server.watches.sendBookmarks();
    for (let round = 1; round <= 3; round += 1) {
      server.watches.endWatches("end");
      await waitFor(
        () => countRequests(server).podWatches > round && countRequests(server).clusterWatches > round,
        {
          what: "both watches to be renewed",
        },
      );
      await watching(server);
    }
    // What an hour costs follows from this: a request for each watch that ends, and nothing else.
    expect(countRequests(server)).toEqual({ clusterReads: 1, clusterWatches: 4, podLists: 1, podWatches: 4 });
    const last = server.requests.findLast(({ url }) => url.startsWith(`${clusterPath}?`))?.url ?? "";
    const query = new URL(last, "https://kubernetes").searchParams;
    expect(query.get("resourceVersion")).toMatch(/^\d+$/);
    expect(query.get("fieldSelector")).toBe("metadata.name=cache");
    expect(query.get("allowWatchBookmarks")).toBe("true");
    server.setRedisClusters(naming("cache-1"));
    await setup.becomes("cache-1");
    expect(setup.lines).toEqual([]);
  });

  it("misses nothing that changed between two watches", async () => {
    await using server = await startKubernetesApi();
    server.setRedisClusters(naming("cache-0"));
    using setup = observe(server);
    await watching(server);
    server.setMode(500);
    server.watches.endWatches("destroy");
    await waitFor(() => setup.lines.length > 0, { what: "the failure to be noticed" });
    server.setRedisClusters(naming("cache-1"));
    server.setMode("ok");
    await setup.becomes("cache-1");
    expect(setup.observer.current()?.source).toBe("api-server");
  });

  it("reads anew when a watch can't go on where it was (410 Gone)", async () => {
    await using server = await startKubernetesApi();
    server.setRedisClusters(naming("cache-0"));
    using setup = observe(server);
    await watching(server);
    server.watches.setSilent(true);
    server.setRedisClusters(naming("cache-1"));
    server.watches.expireVersions();
    server.watches.endWatches("end");
    server.watches.setSilent(false);
    await setup.becomes("cache-1");
    await watching(server);
    expect(countRequests(server)).toMatchObject({ clusterReads: 2, podLists: 2 });
    expect(setup.lines).toEqual([]);
  });

  it("notices a half-open watch by its silence, reads again and watches anew", async () => {
    await using server = await startKubernetesApi();
    server.setRedisClusters(naming("cache-0"));
    using setup = observe(server, { pace: { ...pace, silenceMs: 200 } });
    await watching(server);
    server.watches.setSilent(true);
    server.setRedisClusters(naming("cache-1"));
    const { clusterWatches } = countRequests(server);
    await waitFor(() => countRequests(server).clusterWatches > clusterWatches, { what: "another watch" });
    server.watches.setSilent(false);
    await setup.becomes("cache-1");
    await waitFor(() => countRequests(server).clusterReads > 1 && countRequests(server).podLists > 1, {
      what: "both to be read again",
    });
    expect(setup.lines).toEqual([]);
  });

  it.each(["forbidden", "ignored"] as const)(
    "reads at an interval where watching is %s, and says so once",
    async (mode) => {
      await using server = await startKubernetesApi();
      server.setWatchMode(mode);
      server.setPods([pod("cache-0", "10.0.0.1")]);
      server.setRedisClusters(naming("cache-0"));
      using setup = observe(server);
      await setup.becomes("cache-0");
      server.setRedisClusters(naming("cache-1"));
      await setup.becomes("cache-1");
      const { podLists } = countRequests(server);
      await waitFor(() => countRequests(server).podLists > podLists + 2, { what: "three more lists" });
      expect(countRequests(server)).toMatchObject({ clusterWatches: 1, podWatches: 1 });
      expect(setup.lines.map(({ level }) => level)).toEqual(["warn", "warn"]);
      expect(new Set(setup.lines.map(({ fields }) => fields["what"]))).toEqual(
        new Set(["RedisCluster", "pods"]),
      );
    },
  );

  it("goes on watching after an API server that has just started refused it for a moment", async () => {
    await using server = await startKubernetesApi();
    server.setRedisClusters(naming("cache-0"));
    using setup = observe(server);
    await watching(server);
    const countWatches = () => countRequests(server).clusterWatches + countRequests(server).podWatches;
    const refusedAndTakenUp = countWatches() + 4;
    server.refuseWatches(2);
    server.watches.endWatches("destroy");
    await waitFor(() => countWatches() === refusedAndTakenUp, { what: "both to be watched again" });
    await watching(server);
    expect(setup.pollings()).toEqual([]);
    server.setRedisClusters(naming("cache-1"));
    await setup.becomes("cache-1");
  });

  it("reads at an interval once watching, which has worked before, goes on being refused", async () => {
    await using server = await startKubernetesApi();
    server.setRedisClusters(naming("cache-0"));
    using setup = observe(server);
    await watching(server);
    server.setWatchMode("forbidden");
    server.watches.endWatches("end");
    await waitFor(() => setup.pollings().length === 2, { what: "both to be read at an interval" });
    const { clusterWatches } = countRequests(server);
    server.setRedisClusters(naming("cache-1"));
    await setup.becomes("cache-1");
    expect(countRequests(server)).toMatchObject({ clusterWatches });
  });

  it("tries to watch again after a while where it was refused", async () => {
    await using server = await startKubernetesApi();
    server.setWatchMode("forbidden");
    server.setRedisClusters(naming("cache-0"));
    using setup = observe(server, { pace: { ...pace, watchAgainMs: 50 } });
    await setup.isFresh();
    await waitFor(() => countRequests(server).clusterWatches > 0, { what: "a watch to be refused" });
    server.setWatchMode("ok");
    await watching(server);
    expect(countRequests(server).clusterWatches).toBeGreaterThan(1);
  });

  it("says again that it reads at an interval, if watching has worked in between", async () => {
    await using server = await startKubernetesApi();
    server.setWatchMode("forbidden");
    server.setRedisClusters(naming("cache-0"));
    using setup = observe(server, { pace: { ...pace, watchAgainMs: 50 } });
    await waitFor(() => setup.pollings().length === 2, { what: "both to be read at an interval" });
    server.setWatchMode("ok");
    await watching(server);
    expect(setup.pollings()).toHaveLength(2);
    server.setWatchMode("forbidden");
    server.watches.endWatches("end");
    await waitFor(() => setup.pollings().length === 4, { what: "both to be read at an interval again" });
  });

  it.each<KubernetesApiMode>([
    401,
    403,
    429,
    500,
    "stalled",
    "closes",
    "slow-head",
    "slow-body",
    "endless-body",
    "no-json",
    "plain-http",
  ])("keeps what it knew in mode %s, tries on, says so once, and recovers", async (mode) => {
    await using server = await startKubernetesApi();
    server.setRedisClusters(naming("cache-0"));
    using setup = observe(server, { pace: { ...pace, requestTimeoutMs: 500, silenceMs: 500 } });
    await watching(server);
    server.setMode(mode);
    server.watches.endWatches("end");
    await setup.bothFail();
    expect(setup.observer.current()).toMatchObject({ source: "api-server" });
    expect(setup.primary()).toBe("cache-0");
    server.setRedisClusters(naming("cache-1"));
    server.setMode("ok");
    await setup.becomes("cache-1");
    // Of each resource that it can't be watched, and that it can't be read, at the most.
    expect(setup.failed().length).toBeLessThanOrEqual(4);
  });

  it.each<KubernetesApiMode>([401, 403, 429, 500, "stalled", "closes", "slow-body", "no-json", "plain-http"])(
    "tries for ever when the API server begins in mode %s",
    async (mode) => {
      await using server = await startKubernetesApi();
      server.setMode(mode);
      server.setRedisClusters(naming("cache-0"));
      using setup = observe(server, { pace: { ...pace, requestTimeoutMs: 300 } });
      await setup.bothFail();
      expect(setup.observer.current()).toBeUndefined();
      server.setMode("ok");
      await setup.becomes("cache-0");
    },
  );

  it("leaves the API server alone for as long as it asks for", async () => {
    await using server = await startKubernetesApi();
    server.setMode(429);
    server.setRetryAfter(3_600);
    server.setRedisClusters(naming("cache-0"));
    using setup = observe(server);
    await setup.bothFail();
    server.setMode("ok");
    expect(server.requests).toHaveLength(2);
    setup.observer.retryNow();
    await setup.becomes("cache-0");
  });

  it("takes up a token that was rotated in the moment of a request, and a rotated CA", async () => {
    await using server = await startKubernetesApi();
    server.setRedisClusters(naming("cache-0"));
    using setup = observe(server);
    await watching(server);
    await server.rotateToken();
    server.setRedisClusters(naming("cache-1"));
    server.watches.endWatches("destroy");
    await setup.becomes("cache-1");
    await watching(server);
    expect(server.requests.at(-1)?.authorization).toBe("Bearer token-1");
  });

  it("reads the RedisCluster though it may not list pods, and the other way round keeps the pods for later", async () => {
    await using server = await startKubernetesApi();
    server.setPods([pod("cache-0", "10.0.0.1")]);
    using setup = observe(server);
    await waitFor(() => setup.lines.length === 1, { what: "the missing RedisCluster to be noticed" });
    expect(setup.lines).toMatchObject([{ level: "warn", fields: { what: "RedisCluster" } }]);
    expect(setup.observer.current()).toBeUndefined();
    server.setRedisClusters(naming("cache-0"));
    await setup.isFresh();
    expect(setup.observer.current()?.state.primary).toEqual({ podName: "cache-0", ip: "10.0.0.1" });
  });

  it("keeps the last valid value of what becomes invalid, and says so once", async () => {
    await using server = await startKubernetesApi();
    server.setRedisClusters(annotated('["*"]', "3s", "cache-0"));
    using setup = observe(server);
    await watching(server);
    server.setRedisClusters(annotated("cache-1", "3", "cache-1"));
    await setup.becomes("cache-1");
    server.setRedisClusters(annotated("cache-1", "3", "cache-2"));
    await setup.becomes("cache-2");
    expect(setup.observer.current()?.state).toMatchObject({
      fencedPods: ["*"],
      isolation: { peerTimeoutMs: 3_000 },
    });
    expect(setup.lines).toHaveLength(1);
    server.setRedisClusters(annotated("[]", "4s", "cache-2"));
    await waitFor(() => setup.observer.current()?.state.fencedPods?.length === 0, {
      what: "the fence to be lifted",
    });
  });

  it("waits for directives that are valid: Redis must not start without them", async () => {
    await using server = await startKubernetesApi();
    server.setRedisClusters({ cache: { spec: { redis: ["x"] } } });
    using setup = observe(server);
    await waitFor(() => setup.lines.length > 0, { what: "the mistake to be noticed" });
    expect(setup.observer.current()).toBeUndefined();
    server.setRedisClusters({ cache: { spec: { redis: { maxmemory: "1gb" } } } });
    await setup.isFresh();
    expect(setup.observer.current()?.state.directives).toEqual({ maxmemory: "1gb" });
  });

  it("keeps what a RedisCluster said that is deleted, until there is one again", async () => {
    await using server = await startKubernetesApi();
    server.setRedisClusters(naming("cache-0"));
    using setup = observe(server);
    await watching(server);
    server.setRedisClusters({});
    await waitFor(() => setup.lines.length === 1, { what: "the deletion to be told" });
    expect(setup.primary()).toBe("cache-0");
    server.setRedisClusters(naming("cache-1"));
    await setup.becomes("cache-1");
  });

  it("reads on demand which pod is named, whatever a silent watch says", async () => {
    await using server = await startKubernetesApi();
    server.setRedisClusters(naming("cache-0"));
    using setup = observe(server);
    await watching(server);
    server.watches.setSilent(true);
    server.setRedisClusters(naming("cache-1"));
    expect(await setup.observer.readCurrentPrimary({ timeoutMs: 10_000 })).toBe("cache-1");
    expect(setup.primary()).toBe("cache-0");
  });

  it("ends its watches when it is stopped, silently", async () => {
    await using server = await startKubernetesApi();
    server.setRedisClusters(naming("cache-0"));
    const setup = observe(server);
    await watching(server);
    setup.observer.stop();
    await waitFor(() => server.open() === 0, { what: "the watches to be ended" });
    expect(setup.lines).toEqual([]);
    expect(setup.primary()).toBe("cache-0");
  });
});

describe("what an observer knows over a restart", () => {
  it("is what it knew, from disk, until the API server says otherwise", async () => {
    await using server = await startKubernetesApi();
    await using folder = await createTemporaryDirectory("state");
    const path = join(folder.path, ".cluster-state.json");
    server.setPods([pod("cache-0", "10.0.0.1")]);
    server.setRedisClusters(naming("cache-0"));
    let known: unknown;
    {
      using setup = observe(server, { path });
      await setup.isFresh();
      known = setup.observer.current()?.state;
      await waitFor(async () => (await readFile(path, "utf8")).includes("cache-0"), {
        what: "the state on disk",
      });
    }
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    server.setMode("stalled");
    server.setRedisClusters(naming("cache-1"));
    using setup = observe(server, { path, pace: { ...pace, requestTimeoutMs: 100 } });
    expect(setup.observer.current()).toEqual({ state: known, source: "disk", ageMs: expect.any(Number) });
    server.setMode("ok");
    await setup.becomes("cache-1");
    expect(setup.observer.current()?.source).toBe("api-server");
  });

  it("keeps the stored addresses while the pods can't be listed", async () => {
    await using server = await startKubernetesApi();
    await using folder = await createTemporaryDirectory("state");
    const path = join(folder.path, "state.json");
    const state = {
      primary: { podName: "cache-0", ip: "10.0.0.1" },
      fencedPods: ["cache-3"],
      directives: { save: "" },
      isolation: { enabled: true, apiServerTimeoutMs: 1_000, peerTimeoutMs: undefined },
      pods: [{ name: "cache-0", ip: "10.0.0.1" }],
    };
    const { logger, lines } = createRecordingLogger();
    expect(await createClusterStateFile(path, { cluster, logger }).store(state)).toBe(true);
    server.setRedisClusters({ cache: { spec: { redis: 1 } } });
    using setup = observe(server, { path });
    expect(setup.observer.current()).toMatchObject({ state, source: "disk" });
    await setup.isFresh();
    expect(setup.observer.current()?.state).toMatchObject({ directives: { save: "" } });
    expect(lines).toEqual([]);
  });

  it.each([
    ["is no JSON", "{"],
    ["is of another cluster", JSON.stringify({ cluster: "default/queue", storedAt: "2026-01-01T00:00:00Z" })],
    ["lacks its time", JSON.stringify({ cluster: "default/cache" })],
    [
      "holds a pod without an address",
      JSON.stringify({ cluster: "default/cache", storedAt: "2026-01-01T00:00:00Z", pods: [{ name: "a" }] }),
    ],
    [
      "holds a timeout that is none",
      JSON.stringify({
        cluster: "default/cache",
        storedAt: "2026-01-01T00:00:00Z",
        isolation: { peerTimeoutMs: "1s" },
      }),
    ],
  ])("is ignored with a warning where the file %s", async (_what, text) => {
    await using folder = await createTemporaryDirectory("state");
    const path = join(folder.path, "state.json");
    await writeFile(path, text);
    const { logger, lines } = createRecordingLogger();
    expect(createClusterStateFile(path, { cluster, logger }).read()).toBeUndefined();
    expect(lines).toMatchObject([{ level: "warn" }]);
  });

  it("is not stored in a folder that isn't there yet, in silence, and with one warning where it can't be", async () => {
    await using folder = await createTemporaryDirectory("state");
    const { logger, lines } = createRecordingLogger();
    const state = {
      primary: undefined,
      fencedPods: undefined,
      directives: {},
      isolation: { enabled: undefined, apiServerTimeoutMs: undefined, peerTimeoutMs: undefined },
      pods: [],
    };
    const missing = createClusterStateFile(join(folder.path, "no", "state.json"), { cluster, logger });
    expect(missing.read()).toBeUndefined();
    expect(await missing.store(state)).toBe(false);
    expect(lines).toEqual([]);
    await mkdir(join(folder.path, "state.json"));
    const blocked = createClusterStateFile(join(folder.path, "state.json"), { cluster, logger });
    expect([await blocked.store(state), await blocked.store(state)]).toEqual([false, false]);
    expect(lines).toMatchObject([{ level: "warn" }]);
    expect(await readdir(folder.path)).toEqual(["state.json"]);
  });
});
