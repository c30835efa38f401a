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
  startSupervised,
} from "./instance.ts";

const ok = plainText(200, "ok");
const isolated = plainText(503, "primary isolated: cannot reach API server or any peer");

/** For what never answers; no answer of anything that lives is awaited with it. */
const impatient = {
  PRIMARY_ISOLATION_API_SERVER_TIMEOUT: "100ms",
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

describe("a primary that reaches the API server", () => {
  const instance = share(() => startIsolatable(() => ({})));

  it.each([
    ["ok", 200],
    [401, 401],
    [403, 403],
    [429, 429],
    [500, 500],
  ] as const)("is alive by its answer in mode %s, whatever its peers do", async (mode, status) => {
    instance().api.setMode(mode);
    expect(await ask(instance(), "/healthz")).toEqual(ok);
    const { checks } = await readReport(instance());
    expect(checks.get("api-server")).toMatchObject({ outcome: "reachable", detail: `answered ${status}` });
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
      instance.api.setMode(mode);
      expect(await ask(instance, "/healthz")).toEqual(isolated);
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

  it("is alive by one peer of three, a bundled manager", async () => {
    await using peer = await attachTo({ port: await freePort() });
    const dead = { port: await freePort() };
    await using instance = await startIsolatable((_api, hole) => ({ PEERS: peerList(hole, dead, peer) }));
    instance.api.setMode("stalled");
    expect(await ask(instance, "/healthz")).toEqual(ok);
    const { checks } = await readReport(instance);
    expect(checks.get("peers")).toMatchObject({
      outcome: "reachable",
      detail: `127.0.0.1:${peer.port} answered 404`,
    });
  });

  it("is alive when no peer was ever known, which is logged once", async () => {
    await using instance = await startIsolatable(() => ({ ...impatient, PEERS: "" }));
    instance.api.setMode("stalled");
    for (let probe = 0; probe < 3; probe += 1) expect(await ask(instance, "/healthz")).toEqual(ok);
    await instance.stop();
    const told = instance.log().filter(({ msg }) => String(msg).startsWith("no peer is known"));
    expect(told).toHaveLength(1);
  });

  it("doesn't count itself as a peer", async () => {
    const port = await freePort();
    await using instance = await startIsolatable(() => ({
      ...impatient,
      HTTP_PORT: String(port),
      PEERS: `127.0.0.1:${port},[::1]:${port},${clusterName}-0.${clusterName}:${port}`,
    }));
    instance.api.setMode("stalled");
    const { checks } = await readReport(instance);
    expect(checks.get("peers")?.outcome).toBe("none-known");
  });

  it("answers probes at the same time from one check", async () => {
    await using instance = await startIsolatable(() => impatient);
    instance.api.setMode("stalled");
    const before = instance.hole.accepted();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(instance, "/healthz")));
    expect(answers).toEqual(answers.map(() => isolated));
    expect(instance.hole.accepted() - before).toBe(1);
  });

  it("answers all else while a probe waits", async () => {
    await using instance = await startIsolatable(() => ({}));
    instance.api.setMode("stalled");
    const giveUp = new AbortController();
    const probe = ask(instance, "/healthz", { signal: giveUp.signal }).catch((error: unknown) => error);
    await waitFor(() => instance.hole.accepted() > 0, { what: "the peer to be asked" });
    expect((await ask(instance, "/v1/status")).status).toBe(200);
    expect(await ask(instance, "/readyz")).toEqual(ok);
    giveUp.abort();
    expect(await probe).toBeInstanceOf(Error);
  });
});

describe("a replica", () => {
  it("is alive though it reaches nothing", async () => {
    await using instance = await startIsolatable(() => impatient);
    instance.api.setMode("stalled");
    await instance.redis.client.replicaof("127.0.0.1", 1);
    expect(await ask(instance, "/healthz")).toEqual(ok);
  });
});

describe("a manager without an API server", () => {
  it("is alive when it knows no peer either", async () => {
    await using instance = await startAttached();
    expect(await ask(instance, "/healthz")).toEqual(ok);
  });

  it("rests on its peers alone: 503 while none answers, 200 while one does", async () => {
    const port = await freePort();
    await using instance = await startAttached({ env: { PEERS: peerList({ port }) } });
    expect(await ask(instance, "/healthz")).toEqual(isolated);
    await using _peer = await attachTo({ port: 1 }, { HTTP_PORT: String(port) });
    expect(await ask(instance, "/healthz")).toEqual(ok);
  });

  it("is alive together with another primary when each is the other's only peer", async () => {
    const [first, second] = [await freePort(), await freePort()];
    await using one = await startAttached({
      env: { HTTP_PORT: String(first), PEERS: peerList({ port: second }) },
    });
    await using other = await startAttached({
      env: { HTTP_PORT: String(second), PEERS: peerList({ port: first }) },
    });
    expect(await Promise.all([ask(one, "/healthz"), ask(other, "/healthz")])).toEqual([ok, ok]);
  });
});

describe("the settings of primary isolation", () => {
  it("switch it off by the environment", async () => {
    await using instance = await startIsolatable(() => ({
      ...impatient,
      PRIMARY_ISOLATION_ENABLED: "false",
    }));
    instance.api.setMode("stalled");
    expect(await ask(instance, "/healthz")).toEqual(ok);
    expect([...(await readReport(instance)).checks.keys()]).toEqual(["process"]);
  });

  it.each([
    ["come from the RedisCluster", {}, ["150 ms", "200 ms"]],
    [
      "come from the environment first",
      { PRIMARY_ISOLATION_API_SERVER_TIMEOUT: "0.1s", PRIMARY_ISOLATION_PEER_TIMEOUT: "120ms" },
      ["100 ms", "120 ms"],
    ],
  ])("%s", async (_, env, [apiServerTimeout = "", peerTimeout = ""]) => {
    await using api = await startKubernetesApi();
    await using hole = await startBlackHole();
    const primaryIsolation = { apiServerTimeout: "150ms", peerTimeout: "200ms" };
    api.setRedisClusters({ [clusterName]: { spec: { primaryIsolation } } });
    await using instance = await startSupervised({ ...inKubernetes(api), PEERS: peerList(hole), ...env });
    await becomes(instance, "/readyz", 200);
    api.setMode("stalled");
    const { checks } = await readReport(instance);
    expect(checks.get("api-server")?.detail).toBe(`timed out after ${apiServerTimeout}`);
    expect(checks.get("peers")?.detail).toBe(`127.0.0.1:${hole.port}: timed out after ${peerTimeout}`);
  });

  it.each([
    ["switch it off by the RedisCluster", {}, ok],
    [
      "switch it on by the environment against the RedisCluster",
      { PRIMARY_ISOLATION_ENABLED: "true" },
      isolated,
    ],
  ])("%s", async (_, env, expected) => {
    await using api = await startKubernetesApi();
    await using hole = await startBlackHole();
    const primaryIsolation = { enabled: false, apiServerTimeout: "100ms", peerTimeout: "100ms" };
    api.setRedisClusters({ [clusterName]: { spec: { primaryIsolation } } });
    await using instance = await startSupervised({ ...inKubernetes(api), PEERS: peerList(hole), ...env });
    await becomes(instance, "/readyz", 200);
    api.setMode("stalled");
    expect(await ask(instance, "/healthz")).toEqual(expected);
  });
});
