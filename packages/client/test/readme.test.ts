import { execFile } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { createServerCertificate, createTemporaryDirectory } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { startDocumentedCluster } from "./documented-cluster.ts";

const root = resolve(import.meta.dirname, "..");
const reachPods = pathToFileURL(join(import.meta.dirname, "fixtures/reach-pods.ts")).href;
const secrets = "/var/run/secrets/redis-api";
const podAddress = /"(10\.0\.0\.\d+|fd00::[\da-f]+)"/g;

const readme = await readFile(join(root, "README.md"), "utf8");
const examples = Array.from(readme.matchAll(/^```ts\n(.*?)^```$/gms), ([, code = ""]) => code);

/** A project of somebody else's, with the secret that a pod has mounted. */
async function createProject() {
  const folder = await createTemporaryDirectory("example");
  const certificate = await createServerCertificate({ ips: ["10.0.0.7"], dnsNames: ["redis-api"] });
  await mkdir(join(folder.path, "node_modules/@redis-operator"), { recursive: true });
  await symlink(root, join(folder.path, "node_modules/@redis-operator/client"));
  const files = {
    "package.json": JSON.stringify({ type: "module" }),
    token: "token\n",
    "ca.crt": certificate.ca,
    "tls.crt": certificate.cert,
    "tls.key": certificate.key,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
  return { ...folder, certificate };
}

/** Runs one example as it stands, but for the folder of its secrets. @throws Error with its output if it fails. */
async function runExample(code: string): Promise<void> {
  await using project = await createProject();
  const addresses = new Set(Array.from(code.matchAll(podAddress), ([, address = ""]) => address));
  const tls = code.includes('protocol: "https"') ? project.certificate : undefined;
  await using cluster = await startDocumentedCluster(Array.from(addresses), tls);
  await writeFile(join(project.path, "example.ts"), code.replaceAll(secrets, project.path));
  await promisify(execFile)(process.execPath, ["--import", reachPods, "example.ts"], {
    cwd: project.path,
    env: { POD_PORTS: JSON.stringify(cluster.ports), NODE_EXTRA_CA_CERTS: join(project.path, "ca.crt") },
    timeout: 30_000,
  });
}

describe("every example of the README", () => {
  it.each(examples.map((code, index) => [index + 1, code] as const))(
    "runs to its end: %d",
    async (_, code) => {
      await expect(runExample(code)).resolves.toBeUndefined();
    },
  );

  it("is one of several", () => {
    expect(examples.length).toBeGreaterThan(5);
  });
});
