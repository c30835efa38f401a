import { readFileSync } from "node:fs";
import { parseDuration } from "@redis-operator/core/kubernetes";
import { Ajv, type ValidateFunction } from "ajv";
import { PodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";
import { validate as validateStatefulSet } from "kubernetes-models/_schemas/IoK8sApiAppsV1StatefulSet";
import { validate as validateConfigMap } from "kubernetes-models/_schemas/IoK8sApiCoreV1ConfigMap";
import { validate as validateNamespace } from "kubernetes-models/_schemas/IoK8sApiCoreV1Namespace";
import { validate as validateService } from "kubernetes-models/_schemas/IoK8sApiCoreV1Service";
import { validate as validateServiceAccount } from "kubernetes-models/_schemas/IoK8sApiCoreV1ServiceAccount";
import { validate as validateNetworkPolicy } from "kubernetes-models/_schemas/IoK8sApiNetworkingV1NetworkPolicy";
import { validate as validateBudget } from "kubernetes-models/_schemas/IoK8sApiPolicyV1PodDisruptionBudget";
import { validate as validateRole } from "kubernetes-models/_schemas/IoK8sApiRbacV1Role";
import { validate as validateRoleBinding } from "kubernetes-models/_schemas/IoK8sApiRbacV1RoleBinding";
import { validate as validateCrd } from "kubernetes-models/_schemas/IoK8sApiextensionsApiserverPkgApisApiextensionsV1CustomResourceDefinition";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { deployDir, type Manifest, parseManifests, readRendering, renderings } from "./chart.ts";
import { watchReads } from "./known-fields.ts";

const validators = new Map<string, (value: unknown) => boolean>([
  ["apps/v1/StatefulSet", validateStatefulSet],
  ["v1/ConfigMap", validateConfigMap],
  ["v1/Namespace", validateNamespace],
  ["v1/Service", validateService],
  ["v1/ServiceAccount", validateServiceAccount],
  ["networking.k8s.io/v1/NetworkPolicy", validateNetworkPolicy],
  ["policy/v1/PodDisruptionBudget", validateBudget],
  ["rbac.authorization.k8s.io/v1/Role", validateRole],
  ["rbac.authorization.k8s.io/v1/RoleBinding", validateRoleBinding],
  ["apiextensions.k8s.io/v1/CustomResourceDefinition", validateCrd],
  ["monitoring.coreos.com/v1/PodMonitor", validatePodMonitor],
]);

const definition = z.object({
  spec: z.object({
    names: z.object({ kind: z.string() }),
    versions: z.tuple([
      z.object({ schema: z.object({ openAPIV3Schema: z.record(z.string(), z.unknown()) }) }),
    ]),
  }),
});

/** Of this kind the package gives the class alone. @throws Error that names what doesn't fit. */
function validatePodMonitor(value: unknown): boolean {
  const monitor: PodMonitor = Reflect.construct(PodMonitor, [value]);
  monitor.validate();
  return true;
}

const readFile = (path: string) => parseManifests(readFileSync(`${deployDir}${path}`, "utf8"));
const definitions = ["redisclusters", "redisbackups"].flatMap((name) => readFile(`crds/${name}.yaml`));
const customResources = new Map(
  definitions.map((manifest) => {
    const { names, versions } = definition.parse(manifest).spec;
    return [names.kind, compile(versions[0].schema.openAPIV3Schema)];
  }),
);

function compile(schema: object): ValidateFunction {
  const ajv = new Ajv({ strictSchema: true, allErrors: true, formats: { int64: true }, useDefaults: false });
  ajv.addKeyword("x-kubernetes-preserve-unknown-fields");
  // Rules that only an API server evaluates.
  ajv.addKeyword("x-kubernetes-validations");
  // What the API server adds to every schema of a custom resource.
  const properties = "properties" in schema && typeof schema.properties === "object" ? schema.properties : {};
  const envelope = { apiVersion: { type: "string" }, kind: { type: "string" }, metadata: { type: "object" } };
  return ajv.compile({ ...schema, additionalProperties: false, properties: { ...properties, ...envelope } });
}

function complaintsAbout(manifest: Manifest): readonly string[] {
  const custom = customResources.get(manifest.kind);
  if (custom !== undefined) return custom(manifest) ? [] : [JSON.stringify(custom.errors)];
  const validator = validators.get(`${manifest.apiVersion}/${manifest.kind}`);
  if (validator === undefined) return [`no schema is known of ${manifest.kind}`];
  const watched = watchReads(manifest);
  const isValid = validator(watched.value);
  const errors = "errors" in validator ? validator.errors : undefined;
  // The schema in a CRD is ajv's to judge, which is told to refuse what it doesn't know.
  const unknown = watched.unread().filter((path) => !path.includes("/openAPIV3Schema/"));
  return [...(isValid ? [] : [JSON.stringify(errors)]), ...unknown];
}

const rendered = renderings.flatMap((rendering) =>
  readRendering(rendering).map((manifest) => ({
    title: `${manifest.kind} ${manifest.metadata.name} of ${rendering.name}`,
    manifest,
  })),
);

describe("the schemas of Kubernetes", () => {
  it.each(rendered)("know every field of $title", ({ manifest }) => {
    expect(complaintsAbout(manifest)).toEqual([]);
  });

  it("know every field of the namespace and of the CRDs", () => {
    expect([...readFile("kustomize/namespace.yaml"), ...definitions].flatMap(complaintsAbout)).toEqual([]);
  });

  it("don't know what is misspelt, and refuse what is of another type", () => {
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "redis", labels: { any: "label" } },
      spec: { clusterIP: "None", publishNotReadyAddress: true, ports: [{ port: "6379" }] },
    };
    const complaints = complaintsAbout(service).join("\n");
    expect(complaints).toContain("/spec/publishNotReadyAddress");
    expect(complaints).toContain("/spec/ports/0/port");
  });
});

const resource = (kind: string, rest: object) => ({
  apiVersion: "redis.io/v1",
  kind,
  metadata: { name: "cache" },
  ...rest,
});

describe("the CRDs", () => {
  it("take what a RedisCluster of an operator may hold", () => {
    const cluster = resource("RedisCluster", {
      spec: {
        instances: 3,
        primaryIsolation: { enabled: true, apiServerTimeout: "5s", peerTimeout: "1m30s" },
        redis: { maxmemory: "1gb" },
      },
      status: { currentPrimary: "cache-0", phase: "Healthy" },
    });
    expect(complaintsAbout(cluster)).toEqual([]);
  });

  it.each([
    ["a timeout without a unit", { spec: { primaryIsolation: { peerTimeout: "5" } } }],
    ["a flag as a text", { spec: { primaryIsolation: { enabled: "true" } } }],
    ["a directive that is no text", { spec: { redis: { maxmemory: 1 } } }],
    ["a primary that is no text", { status: { currentPrimary: 0 } }],
  ])("refuse a RedisCluster with %s", (_, rest) => {
    expect(complaintsAbout(resource("RedisCluster", rest))).not.toEqual([]);
  });

  it("take a RedisBackup as it is asked for and as it is answered", () => {
    const backup = resource("RedisBackup", {
      spec: {
        method: "aof",
        destination: { s3: { bucket: "b", path: "p", endpoint: "https://s3.example.com" } },
      },
      status: {
        artifactType: "aof-archive",
        backupPath: "s3://b/p/cache.aof.tar.gz",
        objectKey: "p/cache.aof.tar.gz",
        backupSize: 1,
        checksumSHA256: "0".repeat(64),
      },
    });
    expect(complaintsAbout(backup)).toEqual([]);
  });

  it.each([
    ["no destination", { spec: {} }],
    ["another method", { spec: { method: "copy", destination: { s3: { bucket: "b" } } } }],
    ["no bucket", { spec: { destination: { s3: {} } } }],
  ])("refuse a RedisBackup with %s", (_, rest) => {
    expect(complaintsAbout(resource("RedisBackup", rest))).not.toEqual([]);
  });

  it.each([
    "5s",
    "1m30s",
    "500ms",
    "1.5h",
    ".5s",
    "2us",
    "2µs",
    "2μs",
    "",
    "5",
    "s",
    "5 s",
    "-5s",
    "1d",
    "5s ",
  ])("take %j for a duration exactly if the manager reads it as one", (duration) => {
    const isTaken =
      complaintsAbout(resource("RedisCluster", { spec: { primaryIsolation: { peerTimeout: duration } } }))
        .length === 0;
    expect(isTaken).toBe(isDuration(duration));
  });
});

function isDuration(text: string): boolean {
  try {
    parseDuration(text);
    return true;
  } catch (error) {
    // Of the right form, and too short or too long.
    return error instanceof SyntaxError && error.message.includes("from 1ms");
  }
}
