import { execFile, spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { routes } from "@redis-operator/client/contract";
import { createTemporaryDirectory, startObjectStore, startRedisServer } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { startJobInstance } from "./backups-fixture.ts";
import { share } from "./instance.ts";

const hasCurl = spawnSync("curl", ["--version"]).status === 0;
const reference = await readFile(new URL("../../../docs/api.md", import.meta.url), "utf8");

/** Each endpoint of the reference, its command, and the reply that is shown below it. */
const endpoints = Array.from(
  reference.matchAll(/^## ((?:GET|POST|DELETE) \S+)$(.*?)(?=^## )/gms),
  ([, endpoint = "", section = ""]) => ({
    endpoint,
    command: /^```sh\n(.*?)^```$/ms.exec(section)?.[1] ?? "",
    reply: /^```json\n(.*?)^```$/ms.exec(section)?.[1],
  }),
);

/** A pod as the commands expect it: a manager, a bucket, and another Redis to follow. */
async function startPod() {
  const stack = new AsyncDisposableStack();
  const store = stack.use(await startObjectStore({ buckets: ["my-bucket"] }));
  const primary = stack.use(await startRedisServer());
  const manager = stack.use(await startJobInstance());
  const home = stack.use(await createTemporaryDirectory("curl"));
  await writeFile(join(home.path, ".curlrc"), "fail-with-body\n");
  const env = {
    PATH: process.env["PATH"],
    CURL_HOME: home.path,
    POD_IP: "127.0.0.1",
    PRIMARY_IP: "127.0.0.1",
  };
  return {
    /** Runs a command as it stands, but for ports and the store's address. @throws Error for any status but 2xx. */
    async run(command: string): Promise<string> {
      const adapted = command
        .replaceAll(":8080/", `:${manager.port}/`)
        .replaceAll("port=6379", `port=${primary.port}`)
        .replaceAll("https://s3.example.com", store.endpoint);
      const { stdout } = await promisify(execFile)("sh", ["-c", adapted], { env });
      return stdout;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe.skipIf(!hasCurl)("the commands of docs/api.md, one after another", () => {
  const pod = share(startPod);

  it.each(endpoints)("$endpoint works, and answers no field that isn't shown", async ({ command, reply }) => {
    const answer = await pod().run(command);
    const shown = reply === undefined ? undefined : fieldsOf(reply);
    const unshown = shown === undefined ? [] : fieldsOf(answer).filter((field) => !shown.includes(field));
    expect([answer === "", unshown]).toEqual([false, []]);
  });

  it("are one for each endpoint", () => {
    expect(endpoints.map(({ endpoint }) => endpoint)).toEqual(
      Object.values(routes).map(({ method, path }) => `${method} ${path.replace(":name", "{name}")}`),
    );
  });
});

function fieldsOf(answer: string): readonly string[] {
  return Object.keys(JSON.parse(answer));
}
