import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createTemporaryDirectory,
  freePort,
  Hopeless,
  type Manager,
  startProcess,
  waitFor,
} from "@redis-operator/testbed";
import { readRuleFiles } from "./rule-files.ts";

/** Whether Prometheus is installed. */
export const hasPrometheus = spawnSync("prometheus", ["--version"]).status === 0;

/** A manager, and what Kubernetes knows of its pod. */
export interface Target {
  readonly manager: Manager;
  readonly namespace: string;
  readonly cluster: string;
  readonly pod: string;
}

/** A Prometheus that scrapes managers, with the project's rules. */
export interface Prometheus extends AsyncDisposable {
  /** The series of an expression now. @throws Error with Prometheus' reason */
  query(expr: string): Promise<readonly unknown[]>;
  /** What is wrong with each rule; empty if nothing, undefined before its first evaluation. */
  ruleTrouble(): Promise<ReadonlyMap<string, string | undefined>>;
}

interface RulesReply {
  readonly data: {
    readonly groups: readonly {
      readonly rules: readonly {
        readonly name: string;
        readonly health: string;
        readonly lastError?: string;
      }[];
    }[];
  };
}

interface QueryReply {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly unknown[] };
}

/** Starts a Prometheus on loopback that scrapes and evaluates once a second. */
export async function startPrometheus(targets: readonly Target[]): Promise<Prometheus> {
  const folder = await createTemporaryDirectory("prometheus");
  const port = await freePort();
  await mkdir(join(folder.path, "rules"));
  for (const { name, plainText } of readRuleFiles()) {
    await writeFile(join(folder.path, "rules", name), plainText);
  }
  await writeFile(join(folder.path, "prometheus.yml"), configure(targets));
  const server = await startProcess({
    command: "prometheus",
    args: [
      "--config.file=prometheus.yml",
      "--storage.tsdb.path=data",
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    cwd: folder.path,
  });
  const url = `http://127.0.0.1:${port}`;

  async function stop() {
    await server.stop();
    await folder[Symbol.asyncDispose]();
  }

  try {
    await waitFor(
      async () => {
        if (server.hasExited()) throw new Hopeless(`prometheus ended at start:\n${server.output()}`);
        return (await fetch(`${url}/-/ready`)).ok;
      },
      { what: `prometheus on port ${port}` },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async query(expr) {
      const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expr }).toString()}`);
      const reply: QueryReply = JSON.parse(await response.text());
      if (reply.status !== "success") throw new Error(`${expr}: ${reply.error}`);
      return reply.data?.result ?? [];
    },
    async ruleTrouble() {
      const reply: RulesReply = JSON.parse(await (await fetch(`${url}/api/v1/rules`)).text());
      return new Map(
        reply.data.groups
          .flatMap(({ rules }) => rules)
          .map(({ name, health, lastError = "" }) => [name, health === "unknown" ? undefined : lastError]),
      );
    },
    [Symbol.asyncDispose]: stop,
  };
}

// What the PodMonitor makes of the pods' labels, said by hand.
function configure(targets: readonly Target[]): string {
  return JSON.stringify({
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: ["rules/*.yaml"],
    scrape_configs: [
      {
        job_name: "redis-instance-manager",
        honor_labels: true,
        static_configs: targets.map(({ manager, namespace, cluster, pod }) => ({
          targets: [`127.0.0.1:${manager.port}`],
          labels: { namespace, cluster, pod },
        })),
      },
    ],
  });
}
