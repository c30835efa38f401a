import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import {
  createServerCertificate,
  createTemporaryDirectory,
  findRuntimes,
  freePort,
  type Runtime,
  startBlackHole,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { replyWith, startStubManager } from "./stub-manager.ts";

const runtimes = findRuntimes();
const script = join(import.meta.dirname, "fixtures/runtime-behaviour.js");
const primary = { role: "master", replicationOffset: 5000, connectedReplicas: 0, connected: true };

/** Runs a script to its end. */
function run({ command, args }: Runtime, ...rest: readonly string[]) {
  const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], NO_COLOR: "1" };
  return promisify(execFile)(command, [...args, ...rest], { env });
}

const cutOff: RequestListener = (_, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
  response.write('{"role":', () => response.destroy());
};

/** Resets a connection that is used a second time. */
function resetReused(): RequestListener {
  const used = new WeakSet();
  return (request, response) => {
    if (used.has(request.socket)) return void request.socket.resetAndDestroy();
    used.add(request.socket);
    return replyWith(200, primary)(request, response);
  };
}

/** Is loading when it is asked first. */
function loadFirst(): RequestListener {
  let asked = 0;
  return (request, response) => {
    const loading = replyWith(503, { error: { code: "REDIS_LOADING", message: "loading" } });
    (asked === 0 ? loading : replyWith(200, primary))(request, response);
    asked += 1;
  };
}

/** One manager of each kind that a client can meet. */
async function startManagers() {
  const stack = new AsyncDisposableStack();
  const start = async (answer: RequestListener) => stack.use(await startStubManager(answer));
  const { cert, key } = await createServerCertificate();
  const managers = {
    healthy: await start(resetReused()),
    loading: await start(loadFirst()),
    fenced: await start(replyWith(503, { error: { code: "INSTANCE_FENCED", message: "fenced" } })),
    unavailable: await start(replyWith(502, "<html>", "text/html")),
    html: await start(replyWith(200, "<html>", "text/html")),
    otherJson: await start(replyWith(200, { role: "primary" })),
    rounded: await start(replyWith(200, JSON.stringify(primary).replace("5000", "9007199254740993"))),
    large: await start(replyWith(200, { ...primary, padding: "x".repeat(10_000_000) })),
    redirect: await start((_, response) => void response.writeHead(307, { location: "/v1/other" }).end()),
    lost: await start((_, response) => response.destroy()),
    cutOff: await start(cutOff),
    untrusted: stack.use(await startStubManager(replyWith(200, primary), { tls: { cert, key } })),
    reset: stack.use(await startBlackHole({ behaviour: "reset" })),
    silent: stack.use(await startBlackHole()),
  };
  return { ...managers, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe.each(runtimes)("on $name, the built package", (runtime) => {
  it("tells all that can go wrong apart in the same way, and leaves nothing that keeps it running", async () => {
    await using managers = await startManagers();
    const addresses = {
      ...managers,
      untrusted: { ...managers.untrusted, host: "localhost", protocol: "https" },
      refused: { host: "127.0.0.1", port: await freePort() },
      unknownName: { host: "nonexistent.invalid" },
    };
    const { stdout, stderr } = await run(runtime, script, JSON.stringify(addresses));
    expect(stderr).toBe("");
    const notUnderstood = "ReplyNotUnderstoodError REPLY_NOT_UNDERSTOOD 200 1 lasting";
    const unreachable = "ManagerUnreachableError MANAGER_UNREACHABLE  3 transient";
    expect(JSON.parse(stdout)).toEqual({
      healthy: "master",
      loading: "master",
      again: "master",
      fenced: "ManagerRefusedError INSTANCE_FENCED 503 1 lasting",
      unavailable: "ManagerRefusedError REFUSED 502 3 transient",
      html: notUnderstood,
      otherJson: notUnderstood,
      rounded: notUnderstood,
      large: notUnderstood,
      redirect: "ReplyNotUnderstoodError REPLY_NOT_UNDERSTOOD 307 1 lasting",
      lost: unreachable,
      cutOff: unreachable,
      refused: unreachable,
      unknownName: unreachable,
      reset: unreachable,
      untrusted: "ManagerUntrustedError MANAGER_UNTRUSTED  1 lasting",
      silent: "ManagerTimedOutError MANAGER_TIMED_OUT  2 transient",
      abortedBefore: "CallAbortedError CALL_ABORTED  0 lasting",
      abortedDuring: "CallAbortedError CALL_ABORTED  1 lasting",
      backup: "ManagerUnreachableError MANAGER_UNREACHABLE  1 transient",
      fleet: ["MANAGER_TIMED_OUT", "master", "INSTANCE_FENCED", "INVALID_TARGET"],
      first: "status",
    });
    // No runtime sends a second one by itself.
    expect(managers.lost.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
    expect(managers.redirect.requests).toHaveLength(1);
  });
});

const others = runtimes.filter(({ name }) => !name.startsWith("Node"));

describe("the example of a client certificate in the README", () => {
  it.each(others)("runs on $name", async (runtime) => {
    const readme = await readFile(join(import.meta.dirname, "../README.md"), "utf8");
    const examples = Array.from(readme.matchAll(/^```js\n(.*?)^```$/gms), ([, code = ""]) => code);
    await using folder = await createTemporaryDirectory("certificate");
    const { ca, cert, key } = await createServerCertificate();
    // Deno takes packages from node_modules where there is a package.json.
    const files = { "package.json": "{}", "ca.crt": ca, "tls.crt": cert, "tls.key": key };
    for (const [file, text] of Object.entries(files)) await writeFile(join(folder.path, file), text);
    const tls = { ca, cert, key, requestCert: true, rejectUnauthorized: true };
    await using manager = await startStubManager(replyWith(200, primary), { tls });

    const built = pathToFileURL(join(import.meta.dirname, "../dist/index.js")).href;
    const example = examples.find((code) => code.includes(`${runtime.name}.`)) ?? "";
    const adapted = example
      .replace("@redis-operator/client", built)
      .replace("/var/run/secrets/redis-api", folder.path)
      .replace('host: "10.0.0.7"', `host: "127.0.0.1", port: ${manager.port}`);
    const file = join(folder.path, "example.js");
    await writeFile(file, adapted);
    const { stdout } = await run(runtime, file);
    expect(stdout).toBe("master\n");
  });
});
