import { spawnSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createTemporaryDirectory } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseManifests, renderChart } from "./chart.ts";
import { hasPromtool } from "./promtool.ts";
import { listDeployed, readDeployed } from "./rule-files.ts";

interface Kustomization {
  readonly resources: readonly string[];
  readonly configMapGenerator: readonly { readonly files: readonly string[] }[];
}

describe("the kustomization", () => {
  it("holds every manifest and the dashboard", () => {
    const kustomization: Kustomization = parse(readDeployed("monitoring/kustomization.yaml"));
    expect(kustomization.resources.toSorted()).toEqual(
      ["pod-monitor.yaml", ...listDeployed("monitoring/rules").map((name) => `rules/${name}`)].toSorted(),
    );
    expect(kustomization.configMapGenerator.flatMap(({ files }) => files)).toEqual(["dashboards/redis.json"]);
  });
});

describe("the scrape", () => {
  const monitor: {
    spec: { podMetricsEndpoints: { interval: string; scrapeTimeout: string; honorLabels: boolean }[] };
  } = parse(readDeployed("monitoring/pod-monitor.yaml"));

  it("is the same with the operator and without it", () => {
    const plain: {
      scrape_configs: { scrape_interval: string; scrape_timeout: string; honor_labels: boolean }[];
    } = parse(readDeployed("monitoring/prometheus.yaml"));
    expect(
      plain.scrape_configs.map((scrape) => [
        scrape.scrape_interval,
        scrape.scrape_timeout,
        scrape.honor_labels,
      ]),
    ).toEqual(
      monitor.spec.podMetricsEndpoints.map((scrape) => [
        scrape.interval,
        scrape.scrapeTimeout,
        scrape.honorLabels,
      ]),
    );
  });

  it("is the same from the chart, which knows the port by name", async () => {
    const rendered = parseManifests(await renderChart([], ["monitoring.podMonitor.enabled=true"]));
    expect(rendered.find(({ kind }) => kind === "PodMonitor")).toHaveProperty(
      "spec.podMetricsEndpoints",
      monitor.spec.podMetricsEndpoints.map((scrape) => ({ ...scrape, targetPort: undefined, port: "api" })),
    );
  });

  it.skipIf(!hasPromtool)(
    "is a configuration that Prometheus takes, with the rules as the README makes them",
    async () => {
      await using folder = await createTemporaryDirectory("prometheus-config");
      symlinkSync(fileURLToPath(new URL("..", import.meta.url)), join(folder.path, "deploy"));
      const [, toRules = ""] = /```sh\n(mkdir[^`]*)```/.exec(readDeployed("monitoring/README.md")) ?? [];
      const check = "promtool check config prometheus.yaml";
      // Debian's Prometheus knows no Kubernetes.
      const config = readDeployed("monitoring/prometheus.yaml").replace(
        /kubernetes_sd_configs:.*?(?=relabel_configs)/s,
        "static_configs: []\n    ",
      );
      writeFileSync(join(folder.path, "prometheus.yaml"), config);
      const { status, stdout, stderr } = spawnSync("bash", ["-ec", `${toRules}\n${check}`], {
        cwd: folder.path,
        encoding: "utf8",
      });
      expect([status, stderr]).toEqual([0, ""]);
      expect(stdout).toContain(`SUCCESS: ${listDeployed("monitoring/rules").length} rule files found`);
    },
  );
});
