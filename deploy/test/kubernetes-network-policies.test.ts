import { defaultManagerPort, defaultRedisPort } from "@redis-operator/client/contract";
import { environmentSchema as sentinelEnvironment } from "@redis-operator/sentinel-manager/environment";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { type Manifest, parseManifests, readRendering, renderChart, renderings } from "./chart.ts";

const peer = z.object({
  podSelector: z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }).optional(),
  namespaceSelector: z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }).optional(),
  ipBlock: z.object({ cidr: z.string() }).optional(),
});
const ports = z.array(z.object({ port: z.number() }));
const networkPolicy = z.object({
  spec: z.object({
    podSelector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    ingress: z.array(z.object({ ports, from: z.array(peer) })),
    egress: z.array(z.object({ ports, to: z.array(peer).optional() })),
  }),
});

type Workload = "data" | "sentinel";
type Place = Workload | "client" | "operator" | "prometheus" | "dns" | "stranger" | "elsewhere";

const places: Readonly<
  Record<Place, { readonly namespace: string; readonly labels: Readonly<Record<string, string>> }>
> = {
  data: { namespace: "redis", labels: { "redis.io/cluster": "redis", "redis.io/workload": "data" } },
  sentinel: { namespace: "redis", labels: { "redis.io/cluster": "redis", "redis.io/workload": "sentinel" } },
  client: { namespace: "shop", labels: { "redis.io/client": "true" } },
  operator: { namespace: "ops", labels: { app: "operator" } },
  prometheus: { namespace: "monitoring", labels: { "app.kubernetes.io/name": "prometheus" } },
  dns: { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } },
  stranger: { namespace: "redis", labels: {} },
  elsewhere: { namespace: "outside the cluster", labels: {} },
};

function matches(place: Place, { podSelector, namespaceSelector, ipBlock }: z.output<typeof peer>): boolean {
  if (ipBlock !== undefined) return false;
  const { namespace, labels } = places[place];
  const wanted = namespaceSelector?.matchLabels["kubernetes.io/metadata.name"];
  const isInNamespace =
    namespaceSelector === undefined ? namespace === "redis" : (wanted ?? namespace) === namespace;
  const isSelected = Object.entries(podSelector?.matchLabels ?? {}).every(
    ([name, value]) => labels[name] === value,
  );
  return isInNamespace && isSelected;
}

function policyOf(workload: Workload, manifests: readonly Manifest[]) {
  const policies = manifests
    .filter(({ kind }) => kind === "NetworkPolicy")
    .map((manifest) => networkPolicy.parse(manifest).spec);
  return policies.find(({ podSelector }) => podSelector.matchLabels["redis.io/workload"] === workload);
}

function mayReach(
  from: Place,
  to: Place,
  { port, manifests }: { port: number; manifests: readonly Manifest[] },
): boolean {
  const covers = (rule: { readonly ports: z.output<typeof ports> }) =>
    rule.ports.some((open) => open.port === port);
  if (from === "data" || from === "sentinel") {
    const leaves = policyOf(from, manifests)?.egress.some(
      (rule) => covers(rule) && (rule.to?.some((target) => matches(to, target)) ?? true),
    );
    if (leaves !== true) return false;
  }
  if (to !== "data" && to !== "sentinel") return true;
  return (
    policyOf(to, manifests)?.ingress.some(
      (rule) => covers(rule) && rule.from.some((source) => matches(from, source)),
    ) === true
  );
}

const sentinelPort = sentinelEnvironment.parse({}).REDIS_PORT;

describe("the network policies", () => {
  const base = readRendering(renderings[0]);
  const everything = readRendering(renderings[2]);

  it.each([
    ["an instance and the Redis of another", "data", "data", defaultRedisPort, base],
    ["an instance and the manager of another", "data", "data", defaultManagerPort, base],
    ["an instance at its start and a sentinel", "data", "sentinel", sentinelPort, base],
    ["a sentinel and an instance", "sentinel", "data", defaultRedisPort, base],
    ["a sentinel and another", "sentinel", "sentinel", sentinelPort, base],
    ["an instance and the API server", "data", "elsewhere", 443, base],
    ["an instance and a store of its own port", "data", "elsewhere", 9000, everything],
    ["an instance and DNS", "data", "dns", 53, base],
    ["a sentinel and DNS", "sentinel", "dns", 53, base],
    ["an application and the sentinels", "client", "sentinel", sentinelPort, base],
    ["an application and Redis", "client", "data", defaultRedisPort, base],
    ["Prometheus and a manager", "prometheus", "data", defaultManagerPort, base],
    ["the operator and a manager", "operator", "data", defaultManagerPort, everything],
    ["the operator and a sentinel's manager", "operator", "sentinel", defaultManagerPort, everything],
  ] as const)("let %s connect", (_, from, to, port, manifests) => {
    expect(mayReach(from, to, { port, manifests })).toBe(true);
  });

  it.each([
    ["a stranger and Redis", "stranger", "data", defaultRedisPort],
    ["a stranger and a manager", "stranger", "data", defaultManagerPort],
    ["an application and a manager", "client", "data", defaultManagerPort],
    ["Prometheus and Redis", "prometheus", "data", defaultRedisPort],
    ["a sentinel and a manager", "sentinel", "data", defaultManagerPort],
    ["somebody who is no operator here and a manager", "operator", "data", defaultManagerPort],
    ["a sentinel and the API server", "sentinel", "elsewhere", 443],
    ["an instance and anything but DNS at DNS' port", "data", "elsewhere", 53],
  ] as const)("don't let %s connect", (_, from, to, port) => {
    expect(mayReach(from, to, { port, manifests: base })).toBe(false);
  });

  it("let nobody connect whom the values don't name", async () => {
    const lists = ["clients", "prometheus", "dns.servers", "apiServerPorts", "storePorts"];
    const settings = lists.map((list) => `networkPolicy.${list}=null`);
    const manifests = parseManifests(await renderChart([], settings));
    const outsiders = ["client", "prometheus", "dns", "stranger", "elsewhere"] as const;
    const reached = [53, 443, defaultRedisPort, sentinelPort, defaultManagerPort].flatMap((port) =>
      outsiders.filter(
        (outsider) =>
          mayReach(outsider, "data", { port, manifests }) ||
          mayReach(outsider, "sentinel", { port, manifests }) ||
          mayReach("data", outsider, { port, manifests }) ||
          mayReach("sentinel", outsider, { port, manifests }),
      ),
    );
    expect(reached).toEqual([]);
  });
});
