import { writeFileSync } from "node:fs";
import { chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NetworkHost } from "@redis-operator/testbed";
import { type Manifest, readRendering, renderings } from "../chart.ts";
import { configMap, type StatefulSet, statefulSet, type Volume } from "./stateful-set.ts";

const user = 999;
const namespace = "redis";

/** The password of this cluster. */
export const password = 'a"b\\c d';

/** What the kubelet and the service account give to a pod that may ask the API server. */
export interface KubernetesAccess {
  readonly host: string;
  readonly port: number;
  /** Mounted where pods look for it; readable for them. */
  readonly serviceAccountDir: string;
}

/** What the pods of a cluster share: the objects that are mounted, and the names of pods. */
export interface Cluster {
  readonly dir: string;
  readonly instances: StatefulSet;
  readonly sentinels: StatefulSet;
  /** The RedisCluster of the chart. */
  readonly redisCluster: Manifest;
  /** The file with its password. */
  readonly passwordFile: string;
  /** Unset: there is no API server. */
  readonly kubernetes: KubernetesAccess | undefined;
  /** What every pod has as /etc/hosts, in place of the cluster's DNS. */
  readonly hostsFile: string;
  /** Makes a pod's name mean this host from now on. */
  place(podName: string, options: { readonly serviceName: string; readonly host: NetworkHost }): void;
  /** The folder of a volume of a pod. One that exists is left as it is. */
  volumeDir(podName: string, volume: Pick<Volume, "name"> & Partial<Volume>): Promise<string>;
}

/** Lays out in `dir` what the base of kustomize describes. */
export async function createCluster(
  dir: string,
  { kubernetes }: { readonly kubernetes?: KubernetesAccess } = {},
): Promise<Cluster> {
  const manifests = readRendering(renderings[0]);
  const configMaps = manifests
    .filter(({ kind }) => kind === "ConfigMap")
    .map((manifest) => configMap.parse(manifest));
  const hostsFile = join(dir, "hosts");
  const addresses = new Map<string, string>();

  const folderOf = async (name: string) => {
    const path = join(dir, name);
    await mkdir(path, { recursive: true });
    return path;
  };

  // Once: containers that run read these files.
  for (const { metadata, data } of configMaps) {
    const path = await folderOf(`config-map-${metadata.name}`);
    for (const [file, text] of Object.entries(data)) await writeFile(join(path, file), text);
  }
  const passwordFile = join(await folderOf("secret-redis-password"), "password");
  await writeFile(passwordFile, `${password}\n`, { mode: 0o440 });
  await chown(passwordFile, 0, user);

  async function ownDir(name: string): Promise<string> {
    const path = await folderOf(name);
    await chown(path, user, user);
    return path;
  }

  await writeFile(hostsFile, "");
  return {
    dir,
    instances: findStatefulSet(manifests, "redis"),
    sentinels: findStatefulSet(manifests, "redis-sentinel"),
    redisCluster: find(manifests, { kind: "RedisCluster", name: "redis" }),
    passwordFile,
    kubernetes,
    hostsFile,
    place(podName, { serviceName, host }) {
      addresses.set(`${podName}.${serviceName}`, host.ip);
      const lines = Array.from(addresses, ([name, ip]) => `${ip} ${name} ${name}.${namespace}.svc\n`);
      // In place, since the file is mounted, and at once, so that no older list is written over it.
      writeFileSync(hostsFile, lines.join(""));
    },
    volumeDir(podName, { name, configMap: config, secret }) {
      if (config !== undefined) return folderOf(`config-map-${config.name}`);
      if (secret !== undefined) return folderOf(`secret-${secret.secretName}`);
      return ownDir(`${podName}-${name}`);
    },
  };
}

/** What the downward API puts into an environment. */
export function downward(
  fieldPath: string,
  { podName, ip }: { readonly podName: string; readonly ip: string },
) {
  const fields = new Map([
    ["metadata.name", podName],
    ["metadata.namespace", namespace],
    ["status.podIP", ip],
  ]);
  const value = fields.get(fieldPath);
  if (value === undefined) throw new Error(`the downward API has no ${fieldPath} here`);
  return value;
}

function findStatefulSet(manifests: readonly Manifest[], name: string): StatefulSet {
  return statefulSet.parse(find(manifests, { kind: "StatefulSet", name }));
}

function find(
  manifests: readonly Manifest[],
  { kind, name }: { readonly kind: string; readonly name: string },
): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found === undefined) throw new Error(`the chart has no ${kind} ${name}`);
  return found;
}
