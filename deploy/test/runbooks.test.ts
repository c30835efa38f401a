import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startPair } from "./pair.ts";
import { readRuleFiles } from "./rule-files.ts";

const run = promisify(execFile);
const folder = fileURLToPath(new URL("../../docs/runbooks/", import.meta.url));
const pages = readdirSync(folder).map((name) => ({ name, text: readFileSync(folder + name, "utf8") }));
const alerts = readRuleFiles().flatMap(({ rules }) =>
  rules.flatMap(({ alert, labels }) =>
    alert === undefined ? [] : [{ alert, severity: labels?.["severity"] }],
  ),
);

// Those that ask a cluster can't run here; the rest asks a manager and its Redis alone.
const commands = pages.flatMap(({ name, text }) =>
  [...text.matchAll(/```sh\n([^`]*)```/g)]
    .flatMap(([, block = ""]) => block.trim().split("\n"))
    .filter((line) => /^(curl|cli) /.test(line))
    .map((command) => ({ page: name, command })),
);

describe("the runbooks", () => {
  it("are those of the alerts, and the index has each with its severity", () => {
    expect(pages.map(({ name }) => name).toSorted()).toEqual(
      ["README.md", ...alerts.map(({ alert }) => `${alert}.md`)].toSorted(),
    );
    const index = pages.find(({ name }) => name === "README.md")?.text ?? "";
    const listed = [...index.matchAll(/^\| \[(\w+)\]\((\w+)\.md\) +\| (\w+) +\|/gm)];
    expect(listed.map(([, alert, page, severity]) => ({ alert, page, severity }))).toEqual(
      expect.arrayContaining(alerts.map(({ alert, severity }) => ({ alert, page: alert, severity }))),
    );
    expect(listed).toHaveLength(alerts.length);
  });

  it.each(pages)("point at no file that isn't there: $name", ({ text }) => {
    const files = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, path = ""]) => path);
    expect(files.filter((path) => !existsSync(folder + path))).toEqual([]);
  });
});

describe("the commands of the runbooks", () => {
  const started = new AsyncDisposableStack();
  let setting = "";

  beforeAll(async () => {
    const { targets, ...rest } = await startPair({ started, cluster: "cache", namespace: "default" });
    const [primary, replica] = targets;
    // What changes roles goes to the replica, as the pages have it.
    setting = [
      `API=${replica?.manager.url} PRIMARY_IP=127.0.0.1 PRIMARY_PORT=${primary?.redisPort}`,
      `BUCKET=${rest.bucket} ENDPOINT=${rest.endpoint}`,
      `cli() { redis-cli -p ${replica?.redisPort} "$@"; }`,
      "set -e -o pipefail",
    ].join("\n");
  });
  afterAll(() => started.disposeAsync());

  it.each(commands)("work: $command ($page)", async ({ command }) => {
    // Not synchronously: the store of the backup answers in this process.
    const { stdout, stderr } = await run("bash", ["-c", `${setting}\n${command}`], { timeout: 20_000 });
    expect(stderr).toBe("");
    // redis-cli ends with 0 on an error reply too, and curl on any status.
    expect(stdout).not.toMatch(/^(ERR|WRONG|NOPERM|\(error\))|"error":/);
    expect(stdout).not.toBe("");
  });
});
