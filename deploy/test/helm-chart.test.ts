import { readFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { createTemporaryDirectory } from "@redis-operator/testbed";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { chartDir, deployDir, parseManifests, renderChart, renderings } from "./chart.ts";
import { run } from "./tools.ts";

describe("the chart", () => {
  it.each(renderings)("renders $name as it is kept in $file", async ({ file, valueFiles }) => {
    const kept = readFileSync(`${deployDir}${file}`, "utf8");
    expect(await renderChart(valueFiles), "node deploy/generate.ts writes it anew").toBe(kept);
  });

  it.each(renderings)("passes helm's linter with $name", ({ valueFiles }) => {
    const values = valueFiles.flatMap((file) => ["--values", `${deployDir}${file}`]);
    expect(run("helm", ["lint", "--strict", chartDir, ...values])).toContain("0 chart(s) failed");
  });

  it("installs the CRDs of deploy/crds", () => {
    const shown = parseManifests(run("helm", ["show", "crds", chartDir]));
    expect(shown.map(({ metadata }) => metadata.name).toSorted()).toEqual([
      "redisbackups.redis.io",
      "redisclusters.redis.io",
    ]);
  });

  it("has a schema that its own values satisfy, and that knows each of them", () => {
    const schema: unknown = JSON.parse(readFileSync(`${chartDir}/values.schema.json`, "utf8"));
    if (typeof schema !== "object" || schema === null) throw new Error("no schema");
    const validate = new Ajv({ strict: true, strictTypes: false }).compile(schema);
    validate(parse(readFileSync(`${chartDir}/values.yaml`, "utf8")));
    expect(validate.errors).toBeNull();
  });

  it.each([
    ["an unknown value", "instances.replica=3"],
    ["an even number of sentinels", "sentinels.replicas=2"],
    ["a digest that is none", "instances.image.digest=sha256:1"],
    ["a duration that is none", "primaryIsolation.peerTimeout=5"],
    ["somebody else to name the primary", "primaryNamedBy=nobody"],
    ["a size that is none", "instances.storage.size=10 Gi"],
    ["a peer that is everybody", "networkPolicy.clients[0].podSelector=null"],
    ["scrapes that end after the next has begun", "monitoring.podMonitor.interval=4s"],
  ])("refuses %s", async (_, setting) => {
    await expect(renderChart([], [setting])).rejects.toThrow("don't meet the specifications of the schema");
  });

  it.each([
    ["a variable that the chart sets", "instances.env.REDIS_STOP_TIMEOUT=5s", "can't set REDIS_STOP_TIMEOUT"],
    ["a variable that a mount depends on", "instances.env.DATA_DIR=/var", "can't set DATA_DIR"],
    ["a limit that is no quantity", "instances.resources.limits.memory=2gb", "2gb is none of"],
    ["a name with capitals", "clusterName=Cache", "Cache can't be the name of a cluster"],
    ["a name that ends with a hyphen", "clusterName=cache-", "cache- can't be the name of a cluster"],
  ])("refuses %s, and says so", async (_, setting, sentence) => {
    await expect(renderChart([], [setting])).rejects.toThrow(sentence);
  });

  it.each([
    ["a digit first", "1redis"],
    ["a dot", "redis.cache"],
    ["more characters than fit into the labels of a sentinel", "r".repeat(41)],
  ])("refuses a release's name with %s, unless the cluster has another", (_, release) => {
    expect(() => run("helm", ["template", release, chartDir])).toThrow(
      `${release} can't be the name of a cluster`,
    );
    expect(run("helm", ["template", release, chartDir, "--set=clusterName=cache"])).toContain(
      'value: "cache"',
    );
  });

  it.each(["no", "null"])("keeps the name %s a text wherever it stands", (name) => {
    const rendered = parseManifests(run("helm", ["template", name, chartDir]));
    const texts = rendered.flatMap(({ metadata }) => [
      metadata.name,
      ...Object.values(metadata.labels ?? {}),
    ]);
    expect(texts.filter((text) => typeof text !== "string")).toEqual([]);
    expect(JSON.stringify(rendered)).toContain(`{"name":"CLUSTER_NAME","value":"${name}"}`);
  });

  it.each([
    ["2Gi", "1024mb"],
    ["1.5Gi", "768mb"],
    ["2147483648", "1024mb"],
    ["1G", "476mb"],
  ])("gives Redis half of a limit of %s for its data: %s", async (limit, maxmemory) => {
    const rendered = await renderChart([], [`instances.resources.limits.memory=${limit}`]);
    expect(rendered).toContain(`redis.conf: |\n    maxmemory ${maxmemory}\n`);
  });

  it("gives Redis all that it takes where there is no limit", async () => {
    await expect(renderChart([], ["instances.resources.limits=null"])).resolves.not.toContain("maxmemory");
  });

  it("leaves user and group to a platform that assigns its own", async () => {
    const rendered = await renderChart([], ["podSecurityContext=null"]);
    expect(rendered).toContain("runAsNonRoot: true");
    expect(rendered).not.toMatch(/runAsUser|runAsGroup|fsGroup:/);
  });

  it.each(["10Gi", "1.5Ti", "1Pi", "1E"])("takes %s for a size", async (size) => {
    await expect(renderChart([], [`instances.storage.size=${size}`])).resolves.toContain(
      `storage: ${size}\n`,
    );
  });

  it("installs without a cluster as far as helm can try it", () => {
    const answer = run("helm", ["install", "redis", chartDir, "--namespace", "redis", "--dry-run=client"]);
    expect(answer).toContain("redis: 3 instances, 3 sentinels.");
  });
});

describe("kustomize", () => {
  // Not the namespace: whoever deletes what the base makes would lose the volumes with it.
  it("builds the base into what the chart renders, and nothing else", () => {
    const built = namesIn(run("kubectl", ["kustomize", `${deployDir}kustomize/base`]));
    const rendered = namesIn(readFileSync(`${deployDir}kustomize/base/redis.yaml`, "utf8"));
    expect(built.toSorted()).toEqual(rendered.toSorted());
  });

  it("builds the example once it has a password", async () => {
    await using folder = await createTemporaryDirectory("kustomize");
    await cp(`${deployDir}kustomize`, folder.path, { recursive: true });
    await cp(`${deployDir}package.json`, `${folder.path}/example/password`);
    const built = run("kubectl", ["kustomize", `${folder.path}/example`]);
    expect(built).toContain("image: registry.example.com/redis-instance-manager:");
    expect(built).toContain("maxmemory 1gb");
    expect(parseManifests(built)).toContainEqual(
      expect.objectContaining({ kind: "Secret", metadata: { name: "redis-password", namespace: "redis" } }),
    );
  });
});

function namesIn(text: string): readonly string[] {
  return parseManifests(text).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
}
