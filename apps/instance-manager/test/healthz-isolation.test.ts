import {
  type BlackHole,
  freePort,
  type KubernetesApiServer,
  startBlackHole,
  startKubernetesApi,
  waitFor,
} from "@redis-operator/testbed";
import { livenessReportSchema } from "@redis-operator/client/contract";
import { describe, expect, it } from "vitest";
import { ask, becomes, plainText } from "./answer.ts";
import {
  attachTo,
  clusterName,
  type Environment,
  inKubernetes,
  peerList,
  share,
  startAttached,
} from "./instance.ts";

const ok = plainText(200, "ok");
const isolated = plainText(503, "primary isolated: cannot reach API server or any peer");

/** Looks often, so that a test need not wait. */
const vigilant = { PRIMARY_ISOLATION_CHECK_INTERVAL: "100ms" } as const;

/** With a peer that never answers: what lives has the time that it takes on a busy machine. */
const impatient = {
  ...vigilant,
  PRIMARY_ISOLATION_API_SERVER_TIMEOUT: "2s",
  PRIMARY_ISOLATION_PEER_TIMEOUT: "100ms",
} as const;

/** A primary beside an API server and a peer that never answers. */
async function startIsolatable(env: (api: KubernetesApiServer, hole: BlackHole) => Environment) {
  const stack = new AsyncDisposableStack();
  const api = stack.use(await startKubernetesApi());
  const hole = stack.use(await startBlackHole());
  const instance = stack.use(
    await startAttached({ env: { ...inKubernetes(api), PEERS: peerList(hole), ...env(api, hole) } }),
  );
  return { ...instance, api, hole, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function readReport(manager: { readonly url: string }) {
  const { body } = await ask(manager, "/healthz?verbose");
  const { checks, ...verdict } = livenessReportSchema.parse(JSON.parse(body));
  return { ...verdict, checks: new Map(checks.map((check) => [check.name, check])) };
}

/** Waits until a check has found something. */
async function finds(manager: { readonly url: string }, name: string, detail: string) {
  await waitFor(async () => (await readReport(manager)).checks.get(name)?.detail?.includes(detail), {
    what: `the check of ${name} to find: ${detail}`,
  });
}

describe("a primary that reaches the API server", () => {
  const instance = share(() => startIsolatable(() => vigilant));

  it.each([
    ["ok", 200],
    [401, 401],
    [403, 403],
    [429, 429],
    [500, 500],
  ] as const)("is alive by its answer in mode %s, when no peer answers", async (mode, status) => {
    instance().api.setMode(mode);
    await finds(instance(), "api-server", `answered ${status}`);
    expect(await ask(instance(), "/healthz")).toEqual(ok);
  });

  it("sends the probe no credentials", () => {
    const probes = instance().api.requests.filter(({ url }) => url === "/livez");
    expect(probes).not.toHaveLength(0);
    expect(new Set(probes.map(({ authorization }) => authorization))).toEqual(new Set([undefined]));
  });
});

describe("a primary that doesn't reach the API server", () => {
  it.each(["stalled", "closes", "slow-head"] as const)(
    "is isolated when no peer answers (API server %s), and alive again with it",
    async (mode) => {
      await using instance = await startIsolatable(() => impatient);
      await becomes(instance, "/readyz", 200);
      instance.api.setMode(mode);
      await becomes(instance, "/healthz", 503);
      expect(await ask(instance, "/healthz")).toEqual(isolated);
      expect(await ask(instance, "/readyz")).toEqual(ok);
      const { alive, reason, checks } = await readReport(instance);
      expect({ alive, reason }).toEqual({ alive: false, reason: isolated.body });
      expect([checks.get("api-server")?.outcome, checks.get("peers")?.outcome]).toEqual([
        "unreachable",
        "unreachable",
      ]);
      instance.api.setMode("ok");
      await becomes(instance, "/healthz", 200);
      const told = () => instance.log().filter(({ msg }) => String(msg).startsWith("primary "));
      await waitFor(() => told().length > 1, { what: "the end of the isolation to be logged" });
      expect(told().map(({ level, msg }) => [level, msg])).toEqual([
        ["error", isolated.body],
        ["info", "primary no longer isolated"],
      ]);
    },
  );

  it("is alive by one peer of three, a bundled manager, from its view of the cluster", async () => {
    await using peer = await attachTo({ port: await freePort() });
    const dead = { port: await freePort() };
    await using instance = await startIsolatable((_api, hole) => ({
      ...vigilant,
      PEERS: peerList(hole, dead, peer),
    }));
    instance.api.setMode("stalled");
    await finds(instance, "peers", `127.0.0.1:${peer.port} answered 200`);
    expect(await ask(instance, "/healthz")).toEqual(ok);
  });

  it("doesn't count itself as a peer", async () => {
    const port = await freePort();
    await using instance = await startIsolatable(() => ({
      ...impatient,
      HTTP_PORT: String(port),
      PEERS: `127.0.0.1:${port},[::1]:${port},${clusterName}-0.${clusterName}:${port}`,
    }));
    instance.api.setMode("stalled");
    await waitFor(async () => (await readReport(instance)).checks.get("peers")?.outcome === "none-known", {
      what: "the peers to be looked for",
    });
    expect(await ask(instance, "/healthz")).toEqual(ok);
    await waitFor(() => instance.log().some(({ msg }) => String(msg).startsWith("no peer is known")), {
      what: "the lack of peers to be told",
    });
  });

  it("answers from memory while nothing else answers: neither the peers, nor the API server, nor Redis", async () => {
    await using instance = await startIsolatable((api) => {
      api.setMode("stalled");
      return {
        ...vigilant,
        PRIMARY_ISOLATION_API_SERVER_TIMEOUT: "10m",
        PRIMARY_ISOLATION_PEER_TIMEOUT: "10m",
      };
    });
    await waitFor(() => instance.hole.open() === 1, { what: "the peer to be asked" });
    instance.redis.process.kill("SIGSTOP");
    for (let probe = 0; probe < 100; probe += 1) expect(await ask(instance, "/healthz")).toEqual(ok);
    expect([instance.hole.open(), instance.hole.accepted()]).toEqual([1, 1]);
    instance.redis.process.kill("SIGCONT");
  });
});

describe("a replica", () => {
  it("is alive though it reaches nothing", async () => {
    await using instance = await startIsolatable(() => impatient);
    await becomes(instance, "/readyz", 200);
    instance.api.setMode("stalled");
    await becomes(instance, "/healthz", 503);
    await instance.redis.client.replicaof("127.0.0.1", 1);
    await becomes(instance, "/healthz", 200);
    expect((await readReport(instance)).checks.get("role")?.outcome).toBe("replica");
  });
});

describe("a manager without an API server", () => {
  it("is alive when it knows no peer either", async () => {
    await using instance = await startAttached();
    expect(await ask(instance, "/healthz")).toEqual(ok);
  });

  it("rests on its peers alone: 503 while none answers, 200 while one does", async () => {
    const port = await freePort();
    await using instance = await startAttached({ env: { ...vigilant, PEERS: peerList({ port }) } });
    await becomes(instance, "/healthz", 503);
    expect(await ask(instance, "/healthz")).toEqual(isolated);
    await using _peer = await attachTo({ port: 1 }, { HTTP_PORT: String(port) });
    await becomes(instance, "/healthz", 200);
  });

  it("is alive together with another primary when each is the other's only peer", async () => {
    const [first, second] = [await freePort(), await freePort()];
    await using one = await startAttached({
      env: { ...vigilant, HTTP_PORT: String(first), PEERS: peerList({ port: second }) },
    });
    await using other = await startAttached({
      env: { ...vigilant, HTTP_PORT: String(second), PEERS: peerList({ port: first }) },
    });
    await finds(one, "peers", "answered 200");
    await finds(other, "peers", "answered 200");
    expect(await Promise.all([ask(one, "/healthz"), ask(other, "/healthz")])).toEqual([ok, ok]);
  });
});

const withoutIsolation = (api: KubernetesApiServer) => {
  const primaryIsolation = { enabled: false, apiServerTimeout: "100ms", peerTimeout: "100ms" };
  api.setRedisClusters({ [clusterName]: { spec: { primaryIsolation } } });
  return vigilant;
};

describe("the settings of primary isolation", () => {
  it("switch it off by the environment", async () => {
    await using instance = await startIsolatable(() => ({
      ...impatient,
      PRIMARY_ISOLATION_ENABLED: "false",
    }));
    await becomes(instance, "/readyz", 200);
    expect([...(await readReport(instance)).checks.keys()]).toEqual(["process"]);
    expect(instance.hole.accepted()).toBe(0);
  });

  it.each([
    ["come from the RedisCluster", {}, ["1500 ms", "200 ms"]],
    [
      "come from the environment first",
      { PRIMARY_ISOLATION_API_SERVER_TIMEOUT: "1.2s", PRIMARY_ISOLATION_PEER_TIMEOUT: "120ms" },
      ["1200 ms", "120 ms"],
    ],
  ])("%s", async (_, env, [apiServerTimeout = "", peerTimeout = ""]) => {
    const primaryIsolation = { apiServerTimeout: "1.5s", peerTimeout: "200ms" };
    await using instance = await startIsolatable((api) => {
      api.setRedisClusters({ [clusterName]: { spec: { primaryIsolation } } });
      return { ...vigilant, ...env };
    });
    await finds(instance, "api-server", "answered");
    await waitFor(() => instance.api.watches.watches() === 2, { what: "the RedisCluster to be followed" });
    instance.api.setMode("stalled");
    await finds(instance, "api-server", `timed out after ${apiServerTimeout}`);
    await finds(instance, "peers", `127.0.0.1:${instance.hole.port}: timed out after ${peerTimeout}`);
    expect(await ask(instance, "/healthz")).toEqual(isolated);
  });

  it("switch it off by the RedisCluster, and on by the environment against it", async () => {
    await using off = await startIsolatable(withoutIsolation);
    await using on = await startIsolatable((api) => ({
      ...withoutIsolation(api),
      PRIMARY_ISOLATION_ENABLED: "true",
    }));
    for (const { api } of [off, on]) {
      await waitFor(() => api.watches.watches() === 2, { what: "the RedisCluster to be followed" });
      api.setMode("stalled");
    }
    await becomes(on, "/healthz", 503);
    expect([...(await readReport(off)).checks.keys()]).toEqual(["process"]);
  });
});
