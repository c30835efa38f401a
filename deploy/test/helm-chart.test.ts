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
    ["a name that can't be a pod's", "clusterName=Cache"],
  ])("refuses %s", async (_, setting) => {
    await expect(renderChart([], [setting])).rejects.toThrow("don't meet the specifications of the schema");
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
