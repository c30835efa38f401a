import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request, type RequestOptions } from "node:https";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { createInstanceClient } from "@redis-operator/client";
import { createServerCertificate, createTemporaryDirectory } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, failureOf } from "./answer.ts";
import { runToEnd } from "./ended-manager.ts";
import { type Environment, startAttached } from "./instance.ts";

const run = promisify(execFile);
const token = "first-secret-token";
const unauthorized = { status: 401, code: "UNAUTHORIZED" };

/** An instance whose writes, or all that is asked of it, need the token. */
async function startBehindToken(env: Environment = {}) {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await createTemporaryDirectory("token"));
  const tokenFile = join(folder.path, "token");
  await writeFile(tokenFile, `${token}\n`);
  const instance = stack.use(await startAttached({ env: { API_TOKEN_FILE: tokenFile, ...env } }));
  return { ...instance, tokenFile, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** An instance that serves its API over TLS. */
async function startOverTls(env: Environment = {}) {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await createTemporaryDirectory("api-tls"));
  const certificate = await createServerCertificate();
  await Promise.all([
    writeFile(join(folder.path, "ca.crt"), certificate.ca),
    writeFile(join(folder.path, "tls.crt"), certificate.cert),
    writeFile(join(folder.path, "tls.key"), certificate.key),
  ]);
  const instance = stack.use(await startAttached({ env: { API_TLS_DIR: folder.path, ...env } }));
  return { ...instance, certificate, tlsDir: folder.path, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Asks over TLS, and shows a certificate if `tls` holds one. */
async function askTls(
  { url }: { readonly url: string },
  path: string,
  options: RequestOptions,
): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const sent = request(`${url}${path}`, options);
  sent.end();
  const responses: IncomingMessage[] = await once(sent, "response");
  let body = "";
  for await (const chunk of responses[0] ?? []) body += String(chunk);
  return { status: responses[0]?.statusCode, body };
}

describe("a manager with a token", () => {
  const writes = [
    ["POST", "/v1/promote"],
    ["POST", "/v1/demote?primaryIP=127.0.0.1&port=7000"],
    ["POST", "/v1/backup"],
    ["POST", "/v1/backups/prune"],
    ["DELETE", "/v1/backups/nightly"],
  ] as const;
  const reads = ["/v1/status", "/v1/backups", "/metrics"];
  const probes = ["/healthz", "/readyz", "/failsafe"];

  it("answers every write without it 401, changes nothing, and leaves the rest open", async () => {
    await using instance = await startBehindToken();
    for (const [method, path] of writes) {
      expect(failureOf(await ask(instance, path, { method }))).toMatchObject(unauthorized);
    }
    expect(await ask(instance, "/v1/status")).toMatchObject({
      body: expect.stringContaining('"role":"master"'),
    });
    for (const path of [...reads, ...probes]) expect((await ask(instance, path)).status).toBe(200);
  });

  it("answers nothing but the probes without it where it is required for all", async () => {
    await using instance = await startBehindToken({ API_TOKEN_REQUIRED_FOR: "all" });
    for (const path of reads) expect(failureOf(await ask(instance, path))).toMatchObject(unauthorized);
    for (const path of probes) expect((await ask(instance, path)).status).toBe(200);
    const client = createInstanceClient({ host: "127.0.0.1", port: instance.port, token });
    expect(await client.status()).toMatchObject({ role: "master" });
    expect(await client.metrics()).toContain("redis_up");
  });

  it("takes it from the SDK, old and new while it rotates, and keeps both out of its log", async () => {
    await using instance = await startBehindToken();
    const next = "second-secret-token";
    const promoteWith = (shown: string) =>
      createInstanceClient({ host: "127.0.0.1", port: instance.port, token: () => shown }).promote();
    await expect(promoteWith(next)).rejects.toMatchObject(unauthorized);
    await writeFile(instance.tokenFile, `${token}\n${next}\n`);
    expect(await promoteWith(token)).toMatchObject({ role: "master" });
    expect(await promoteWith(next)).toMatchObject({ role: "master" });
    await writeFile(instance.tokenFile, `${next}\n`);
    await expect(promoteWith(token)).rejects.toMatchObject(unauthorized);
    expect(instance.process.output()).toContain("UNAUTHORIZED");
    expect(instance.process.output()).not.toContain("secret");
  });
});

describe("a manager with API_TLS_DIR", () => {
  it("serves every endpoint over TLS, and nothing without", async () => {
    await using instance = await startOverTls();
    const { ca } = instance.certificate;
    expect(await askTls(instance, "/healthz", { ca })).toEqual({ status: 200, body: "ok" });
    expect(await askTls(instance, "/v1/promote", { ca, method: "POST" })).toEqual({
      status: 200,
      body: "promoted",
    });
    await expect(ask({ url: `http://127.0.0.1:${instance.port}` }, "/healthz")).rejects.toThrow(
      "fetch failed",
    );
  });

  it("knows a caller by an optional certificate, and names it in the log", async () => {
    await using instance = await startOverTls({ API_TLS_CLIENT_AUTH: "optional" });
    const { ca, cert, key } = instance.certificate;
    const stranger = await createServerCertificate();
    const method = "POST";
    expect(await askTls(instance, "/readyz", { ca })).toMatchObject({ status: 200 });
    expect(await askTls(instance, "/v1/promote", { ca, method })).toMatchObject({ status: 401 });
    const shown = { ca, cert: stranger.cert, key: stranger.key, method };
    expect(await askTls(instance, "/v1/promote", shown)).toMatchObject({ status: 401 });
    expect(await askTls(instance, "/v1/promote", { ca, cert, key, method })).toMatchObject({ status: 200 });
    expect(instance.log()).toContainEqual(
      expect.objectContaining({ msg: "promoted", certificate: "testbed-server" }),
    );
  });

  it("answers nobody without a required certificate, and the SDK's README shows how to show one", async () => {
    await using instance = await startOverTls({ API_TLS_CLIENT_AUTH: "required" });
    expect(await askTls(instance, "/healthz", { ca: instance.certificate.ca })).toMatchObject({
      status: 401,
    });

    const client = resolve(import.meta.dirname, "../../../packages/client");
    const readme = await readFile(join(client, "README.md"), "utf8");
    const examples = Array.from(readme.matchAll(/^```ts\n(.*?)^```$/gms), ([, code = ""]) => code);
    const example = examples.find((code) => code.includes("servername"));
    const adapted = example
      ?.replace("/var/run/secrets/redis-api", instance.tlsDir)
      .replace('"redis-api"', '"localhost"')
      .replace('host: "10.0.0.7"', `host: "127.0.0.1", port: ${instance.port}`);
    await using folder = await createTemporaryDirectory("readme");
    await mkdir(join(folder.path, "node_modules/@redis-operator"), { recursive: true });
    await symlink(client, join(folder.path, "node_modules/@redis-operator/client"));
    await writeFile(join(folder.path, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(join(folder.path, "example.ts"), adapted ?? "");
    const { stdout } = await run(process.execPath, ["example.ts"], { cwd: folder.path });
    expect(stdout).toBe("master\n");
  });
});

describe("a manager that would be open against its configuration", () => {
  it.each([
    [{ API_TLS_CLIENT_AUTH: "required" }, "API_TLS_CLIENT_AUTH: required needs API_TLS_DIR"],
    [
      { API_TOKEN_REQUIRED_FOR: "all" },
      "API_TOKEN_REQUIRED_FOR: all needs API_TOKEN_FILE or API_TLS_CLIENT_AUTH",
    ],
    [{ API_TLS_DIR: "/nonexistent" }, "reading the TLS files in /nonexistent failed"],
  ])("doesn't start with %j", async (env, reason) => {
    const { code, output } = await runToEnd({ REDIS_SUPERVISE: "false", ...env });
    expect(code).toBe(1);
    expect(output).toContain(reason);
  });
});
