import { createSign, generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createServerCertificate,
  createTemporaryDirectory,
  freePort,
  Hopeless,
  type RunningProcess,
  startProcess,
  waitFor,
} from "@redis-operator/testbed";
import { run } from "./tools.ts";

/** The folder with `etcd` and `kube-apiserver`, as `setup-envtest use -p path` prints it; unset, there is none. */
export const assetsDir = process.env["KUBEBUILDER_ASSETS"];

/** A kube-apiserver on loopback, with an etcd of its own, and no controllers. */
export interface ApiServer extends AsyncDisposable {
  readonly port: number;
  /** Folder with `token` and `ca.crt`, as the kubelet mounts it; the token is yours to write. */
  readonly serviceAccountDir: string;
  /** As an administrator. A warning is an error. @throws Error with what it complained of. */
  kubectl(args: readonly string[]): string;
  /** As an administrator. @throws Error with what it complained of. */
  helm(args: readonly string[]): string;
  /** Applies objects in YAML or JSON. @returns What kubectl printed. @throws Error as {@link kubectl}. */
  applyText(text: string, args: readonly string[]): Promise<string>;
  /**
   * Writes a token of a service account that is there.
   *
   * @param options.lifetimeSeconds - From now on; below -60, because an API server takes a token for a minute more, one that has
   * expired.
   */
  writeToken(
    account: string,
    options: { readonly namespace: string; readonly lifetimeSeconds: number },
  ): Promise<void>;
  /** Kills it and starts it anew, on the same data. */
  restart(): Promise<void>;
}

const issuer = "https://kubernetes.default.svc";
const adminToken = "administrator";

/** Starts both, and waits until the API server is ready. */
export async function startApiServer(assets: string): Promise<ApiServer> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await createTemporaryDirectory("api-server"));
  const file = (name: string) => join(folder.path, name);
  const [port, etcdPort, etcdPeerPort] = [await freePort(), await freePort(), await freePort()];
  const certificate = await createServerCertificate();
  const signer = generateKeyPairSync("rsa", {
    modulusLength: 2_048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  await Promise.all([
    writeFile(file("ca.crt"), certificate.ca),
    writeFile(file("tls.crt"), certificate.cert),
    writeFile(file("tls.key"), certificate.key),
    writeFile(file("signer.key"), signer.privateKey),
    writeFile(file("signer.pub"), signer.publicKey),
    writeFile(file("tokens.csv"), `${adminToken},admin,1,system:masters\n`),
  ]);

  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const etcdPeerUrl = `http://127.0.0.1:${etcdPeerPort}`;
  started.use(
    await startProcess({
      command: join(assets, "etcd"),
      args: [
        `--data-dir=${file("etcd")}`,
        `--listen-client-urls=${etcdUrl}`,
        `--advertise-client-urls=${etcdUrl}`,
        `--listen-peer-urls=${etcdPeerUrl}`,
        `--initial-advertise-peer-urls=${etcdPeerUrl}`,
        `--initial-cluster=default=${etcdPeerUrl}`,
        "--unsafe-no-fsync",
      ],
    }),
  );

  let server: RunningProcess;
  async function start(): Promise<void> {
    server = await startProcess({
      command: join(assets, "kube-apiserver"),
      args: [
        `--etcd-servers=${etcdUrl}`,
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        `--secure-port=${port}`,
        `--tls-cert-file=${file("tls.crt")}`,
        `--tls-private-key-file=${file("tls.key")}`,
        `--service-account-issuer=${issuer}`,
        `--service-account-signing-key-file=${file("signer.key")}`,
        `--service-account-key-file=${file("signer.pub")}`,
        `--token-auth-file=${file("tokens.csv")}`,
        "--service-cluster-ip-range=10.0.0.0/24",
        "--authorization-mode=RBAC",
        // What the controller manager would make for every namespace.
        "--disable-admission-plugins=ServiceAccount",
      ],
    });
    await waitFor(
      () => {
        if (server.hasExited()) throw new Hopeless(`kube-apiserver ended:\n${server.output()}`);
        return kubectl(["get", "--raw=/readyz"]) === "ok";
      },
      { what: "the API server to be ready", timeoutMs: 50_000 },
    );
  }

  const url = `https://127.0.0.1:${port}`;
  const kubectl = (args: readonly string[]) =>
    run("kubectl", [
      ...args,
      `--server=${url}`,
      `--certificate-authority=${file("ca.crt")}`,
      `--token=${adminToken}`,
      "--warnings-as-errors",
    ]);
  const helm = (args: readonly string[]) =>
    run("helm", [
      ...args,
      `--kube-apiserver=${url}`,
      `--kube-ca-file=${file("ca.crt")}`,
      `--kube-token=${adminToken}`,
    ]);

  started.defer(async () => {
    server.kill("SIGKILL");
    await server.exited;
  });
  await start();
  const running = started.move();
  return {
    port,
    serviceAccountDir: folder.path,
    kubectl,
    helm,
    async applyText(text, args) {
      await writeFile(file("objects.yaml"), text);
      return kubectl(["apply", `-f=${file("objects.yaml")}`, ...args]);
    },
    async writeToken(name, { namespace, lifetimeSeconds }) {
      const uid = kubectl([
        "get",
        "serviceaccount",
        name,
        "-n",
        namespace,
        "--output=jsonpath={.metadata.uid}",
      ]);
      const now = Math.floor(Date.now() / 1_000);
      const claims = {
        iss: issuer,
        aud: [issuer],
        sub: `system:serviceaccount:${namespace}:${name}`,
        iat: now - 600,
        nbf: now - 600,
        exp: now + lifetimeSeconds,
        "kubernetes.io": { namespace, serviceaccount: { name, uid } },
      };
      const signed = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
      const signature = createSign("RSA-SHA256").update(signed).sign(signer.privateKey, "base64url");
      await writeFile(file("token"), `${signed}.${signature}`);
    },
    async restart() {
      server.kill("SIGKILL");
      await server.exited;
      await start();
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
