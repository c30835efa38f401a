import { readFileSync } from "node:fs";
import { routes } from "@redis-operator/client/contract";
import { environmentSchema as instanceEnvironment } from "@redis-operator/instance-manager/environment";
import { environmentSchema as sentinelEnvironment } from "@redis-operator/sentinel-manager/environment";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { deployDir, readRendering, type Rendering, renderings } from "./chart.ts";
import { expandReferences } from "./expand-references.ts";

const probe = z.object({
  httpGet: z.object({ path: z.string(), port: z.string() }),
  timeoutSeconds: z.number(),
  periodSeconds: z.number(),
});

const container = z.object({
  name: z.string(),
  image: z.string(),
  env: z.array(z.object({ name: z.string(), value: z.string().optional() })),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
  startupProbe: probe.exactOptional(),
  livenessProbe: probe,
  readinessProbe: probe,
  command: z.unknown().exactOptional(),
  args: z.unknown().exactOptional(),
  securityContext: z.record(z.string(), z.unknown()),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
});

const statefulSet = z.object({
  kind: z.literal("StatefulSet"),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()) }),
      spec: z.object({
        enableServiceLinks: z.literal(false),
        terminationGracePeriodSeconds: z.number(),
        securityContext: z.record(z.string(), z.unknown()),
        containers: z.tuple([container]),
      }),
    }),
  }),
});

const schemas = { instance: instanceEnvironment, sentinel: sentinelEnvironment } as const;
// What the downward API puts in.
const identity = new Map([
  ["POD_NAME", "redis-0"],
  ["POD_NAMESPACE", "redis"],
]);

const pods = renderings.flatMap((rendering) =>
  statefulSetsOf(rendering).map((set) => ({
    title: `${set.metadata.name} of ${rendering.name}`,
    set,
    pod: set.spec.template.spec,
    container: set.spec.template.spec.containers[0],
    kind:
      set.spec.template.spec.containers[0].name === "instance"
        ? ("instance" as const)
        : ("sentinel" as const),
  })),
);

function statefulSetsOf(rendering: Rendering) {
  return readRendering(rendering).flatMap((manifest) =>
    manifest.kind === "StatefulSet" ? [statefulSet.parse(manifest)] : [],
  );
}

describe.each(pods)("$title", ({ set, pod, container: main, kind }) => {
  it("sets variables that its manager knows, to values that it takes", () => {
    const schema = schemas[kind];
    const names = main.env.map(({ name }) => name);
    expect(names.filter((name) => !Object.hasOwn(schema.shape, name))).toEqual([]);
    const values = main.env.flatMap(({ name, value }) =>
      value === undefined ? [] : [[name, expandReferences(value, identity)]],
    );
    expect(schema.safeParse(Object.fromEntries(values)).error).toBeUndefined();
  });

  it("names the ports that its manager and its Redis listen on", () => {
    const { REDIS_PORT, HTTP_PORT } = schemas[kind].parse({});
    expect(main.ports.map(({ containerPort }) => containerPort)).toEqual([REDIS_PORT, HTTP_PORT]);
  });

  it("probes what the contract has for it, with the patience of docs/pods.md", () => {
    const patience = kind === "instance" ? { healthz: 2, readyz: 1 } : { healthz: 1, readyz: 1 };
    expect(main.livenessProbe).toMatchObject({
      httpGet: { path: routes.healthz.path, port: "api" },
      timeoutSeconds: patience.healthz,
    });
    expect(main.readinessProbe).toMatchObject({
      httpGet: { path: routes.readyz.path, port: "api" },
      timeoutSeconds: patience.readyz,
    });
    expect(main).not.toHaveProperty("startupProbe");
  });

  it("waits for its Redis to stop, and for what comes after it", () => {
    const variables = Object.fromEntries(main.env.map(({ name, value }) => [name, value]));
    const graceMs =
      kind === "instance"
        ? instanceEnvironment.parse({ REDIS_STOP_TIMEOUT: variables["REDIS_STOP_TIMEOUT"] })
            .REDIS_STOP_TIMEOUT + 20_000
        : 15_000;
    expect(pod.terminationGracePeriodSeconds * 1_000).toBe(graceMs);
  });

  it("runs as the images' user, without any privilege", () => {
    const dockerfile = readFileSync(`${deployDir}../Dockerfile.${kind}`, "utf8");
    const [, uid, gid] = /^USER (\d+):(\d+)$/m.exec(dockerfile) ?? [];
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: Number(uid),
      runAsGroup: Number(gid),
      fsGroup: Number(gid),
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(main.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("starts what the image starts", () => {
    expect(main).not.toHaveProperty("command");
    expect(main).not.toHaveProperty("args");
  });

  it("mounts every folder that its variables name", () => {
    const mounts = main.volumeMounts.map(({ mountPath }) => mountPath);
    const files = main.env.flatMap(({ name, value = "" }) => (/_(FILE|DIR)$/.test(name) ? [value] : []));
    const missing = files.filter((file) => !mounts.some((path) => `${file}/`.startsWith(`${path}/`)));
    expect(missing).toEqual([]);
    const defaults = schemas[kind].parse({});
    const folders = "BACKUP_CREDENTIALS_DIR" in defaults ? [defaults.BACKUP_CREDENTIALS_DIR] : [];
    expect(mounts).toEqual(expect.arrayContaining([defaults.DATA_DIR, ...folders]));
  });

  it("bears the labels by which the managers and the selectors find it", () => {
    const { labels } = set.spec.template.metadata;
    expect(labels).toMatchObject(set.spec.selector.matchLabels);
    expect(set.spec.selector.matchLabels).toEqual({
      "redis.io/cluster": main.env.find(({ name }) => name === "CLUSTER_NAME")?.value,
      "redis.io/workload": kind === "instance" ? "data" : "sentinel",
    });
  });
});
