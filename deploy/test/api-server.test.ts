import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createTemporaryDirectory,
  freePort,
  type Manager,
  startManager,
  waitFor,
} from "@redis-operator/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiServer, assetsDir, startApiServer } from "./api-server.ts";
import { chartDir, deployDir, renderings } from "./chart.ts";

// A restart of the API server takes 10 s, the longest pause of a manager 30 s.
const patience = { timeout: 120_000 } as const;
const namespace = "redis";
const inNamespace = `--namespace=${namespace}`;
const account = `system:serviceaccount:${namespace}:redis-instance`;

const custom = (kind: string, rest: object) => ({
  apiVersion: "redis.io/v1",
  kind,
  metadata: { name: "any", namespace },
  ...rest,
});

const patching = (patch: object) => [
  "patch",
  "rediscluster",
  "redis",
  inNamespace,
  "--type=merge",
  `--patch=${JSON.stringify(patch)}`,
];
const patchingStatus = (status: object | null) => [...patching({ status }), "--subresource=status"];
const fencing = (pods: string | null) =>
  patching({ metadata: { annotations: { "redis.io/fencedInstances": pods } } });

describe.skipIf(assetsDir === undefined)("a real API server (KUBEBUILDER_ASSETS)", patience, () => {
  const started = new AsyncDisposableStack();
  let server: ApiServer;
  let example: string;

  beforeAll(async () => {
    server = started.use(await startApiServer(assetsDir ?? ""));
    const folder = started.use(await createTemporaryDirectory("kustomize"));
    await cp(`${deployDir}kustomize`, folder.path, { recursive: true });
    example = join(folder.path, "example");
    await writeFile(join(example, "password"), "secret\n");
    // As docs/deploy.md says.
    server.kubectl(["apply", `-f=${deployDir}crds`, `-f=${deployDir}kustomize/namespace.yaml`]);
    server.kubectl(["apply", `-k=${example}`]);
  }, patience.timeout);
  afterAll(() => started.disposeAsync());

  it("has nothing left to change once the example is applied, whichever side applies it", () => {
    const serverSide = ["--server-side", "--force-conflicts"];
    expect(server.kubectl(["diff", `-k=${example}`])).toBe("");
    server.kubectl(["apply", `-k=${example}`, ...serverSide]);
    expect(server.kubectl(["diff", `-k=${example}`, ...serverSide])).toBe("");
  });

  it.each(renderings)("admits $name in a namespace that is restricted", async ({ valueFiles }) => {
    const values = valueFiles.map((file) => `--values=${deployDir}${file}`);
    // The kind is the Prometheus operator's.
    const settings = ["--set=clusterName=other", "--set=monitoring.podMonitor.enabled=false"];
    const rendered = server.helm(["template", "other", chartDir, inNamespace, ...values, ...settings]);
    const dryRun = [inNamespace, "--dry-run=server"];
    const risky = rendered.replace("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true");
    await expect(server.applyText(risky, dryRun)).rejects.toThrow("would violate PodSecurity");
    await expect(server.applyText(rendered, dryRun)).resolves.toContain("created (server dry run)");
  });

  it("lets helm install, upgrade and uninstall, which leaves the RedisCluster of another release", () => {
    server.helm(["install", "cache", chartDir, inNamespace]);
    const upgraded = server.helm(["upgrade", "cache", chartDir, inNamespace, "--set=instances.replicas=5"]);
    expect(upgraded).toContain("cache: 5 instances");
    server.helm(["uninstall", "cache", inNamespace]);
    const left = server.kubectl(["get", "rediscluster", inNamespace, "--output=name"]);
    expect(left).toBe("rediscluster.redis.io/redis\n");
  });

  it.each([
    ["RedisCluster", {}],
    ["RedisCluster", { spec: { anything: { of: "an operator" }, redis: { maxmemory: "1gb" } } }],
    ["RedisCluster", { spec: { primaryIsolation: { apiServerTimeout: "1m30s", peerTimeout: ".5s" } } }],
    ["RedisBackup", { spec: { destination: { s3: { bucket: "b" } } } }],
  ])("takes a %s with %j", async (kind, rest) => {
    const answer = await server.applyText(JSON.stringify(custom(kind, rest)), ["--dry-run=server"]);
    expect(answer).toContain("created (server dry run)");
  });

  it.each([
    ["RedisCluster", { spec: { primaryIsolation: { enabled: "yes" } } }, "must be of type boolean"],
    ["RedisCluster", { spec: { primaryIsolation: { peerTimeout: "5 s" } } }, "should match"],
    ["RedisCluster", { spec: { primaryIsolation: { peerTimeout: "0s" } } }, "from 1ms to 24 days"],
    ["RedisCluster", { spec: { primaryIsolation: { timeout: "5s" } } }, "unknown field"],
    ["RedisCluster", { spec: { redis: { maxclients: 100 } } }, "must be of type string"],
    ["RedisBackup", {}, "spec: Required value"],
    ["RedisBackup", { spec: { destination: { s3: { bucket: "" } } } }, "at least 1 chars long"],
  ])("refuses a %s with %j", async (kind, rest, reason) => {
    const text = JSON.stringify(custom(kind, rest));
    await expect(server.applyText(text, ["--dry-run=server"])).rejects.toThrow(reason);
  });

  it("keeps the status apart from the rest", () => {
    const status = { currentPrimary: "redis-1" };
    const read = ["get", "rediscluster", "redis", inNamespace, "--output=jsonpath={.status}"];
    server.kubectl(patching({ status }));
    expect(server.kubectl(read)).toBe("");
    server.kubectl(patchingStatus(status));
    expect(JSON.parse(server.kubectl(read))).toEqual(status);
    server.kubectl(patchingStatus(null));
  });

  it("grants the service account what docs/deploy.md says, and nothing else in its namespace", () => {
    const list = server.kubectl(["auth", "can-i", "--list", "--no-headers", inNamespace, `--as=${account}`]);
    const granted = list.split("\n").map((line) => line.replaceAll(/\s+/g, " ").trim());
    // Everybody may ask who they are and what they may do, and read what the API server is.
    const own = granted.filter((line) => line !== "" && !/^(\[|self\w+\.auth)/.test(line));
    expect(own.toSorted()).toEqual([
      "pods [] [] [list watch]",
      "redisclusters.redis.io [] [redis] [get watch]",
    ]);
  });

  describe("asked by a manager", () => {
    let manager: Manager;

    const recoveries = () => manager.log().filter(({ msg }) => msg === "reading from Kubernetes works again");
    const polls = () => manager.log().filter(({ pollMs }) => pollMs !== undefined);
    const becomes = (expected: "master" | "slave" | undefined) =>
      waitFor(
        async () => {
          const view: { role?: string } = JSON.parse(await (await fetch(`${manager.url}/failsafe`)).text());
          return view.role === expected;
        },
        { what: `the role ${expected}`, timeoutMs: 60_000 },
      );

    beforeAll(async () => {
      await server.writeToken("redis-instance", { namespace, lifetimeSeconds: 600 });
      const data = started.use(await createTemporaryDirectory("managed"));
      manager = started.use(
        await startManager({
          app: "instance-manager",
          env: {
            CLUSTER_NAME: "redis",
            POD_NAME: "redis-0",
            POD_NAMESPACE: namespace,
            POD_IP: "127.0.0.1",
            REDIS_PORT: String(await freePort()),
            DATA_DIR: data.path,
            KUBERNETES_SERVICE_HOST: "127.0.0.1",
            KUBERNETES_SERVICE_PORT: String(server.port),
            SERVICE_ACCOUNT_DIR: server.serviceAccountDir,
          },
        }),
      );
    });

    it("tells who is the primary, and who is fenced, as that changes", async () => {
      await becomes("slave");
      server.kubectl(patchingStatus({ currentPrimary: "redis-0" }));
      await becomes("master");
      server.kubectl(fencing('["redis-0"]'));
      await becomes(undefined);
      server.kubectl(fencing(null));
      await becomes("master");
      expect(manager.log().filter(({ what }) => what !== undefined)).toEqual([]);
    });

    it("goes on being watched after a restart, in which it refuses at first what it grants", async () => {
      await server.restart();
      await waitFor(() => recoveries().length >= 2, { what: "both watches to be back", timeoutMs: 60_000 });
      server.kubectl(fencing('["redis-0"]'));
      await becomes(undefined);
      server.kubectl(fencing(null));
      await becomes("master");
      expect(polls()).toEqual([]);
    });

    it("is asked with the next token after one has expired", async () => {
      await server.writeToken("redis-instance", { namespace, lifetimeSeconds: -120 });
      await server.restart();
      await waitFor(() => manager.process.output().includes("answered 401: Unauthorized"), {
        what: "a refused token",
        timeoutMs: 60_000,
      });
      await server.writeToken("redis-instance", { namespace, lifetimeSeconds: 600 });
      server.kubectl(fencing('["redis-0"]'));
      await becomes(undefined);
      expect(polls()).toEqual([]);
    });
  });
});
