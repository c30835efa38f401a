import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { checkRules, hasPromtool, testRules } from "./promtool.ts";
import { listDeployed, readDeployed, readRuleFiles } from "./rule-files.ts";

interface AlertCase {
  readonly alertname: string;
  readonly exp_alerts?: readonly unknown[];
}

const alerts = readRuleFiles().flatMap(({ rules }) =>
  rules.flatMap(({ alert, ...rule }) => (alert === undefined ? [] : [{ alert, ...rule }])),
);
const cases = listDeployed("test/alerts").flatMap((file) => {
  const { tests }: { tests: { alert_rule_test: AlertCase[] }[] } = parse(readDeployed(`test/alerts/${file}`));
  return tests.flatMap(({ alert_rule_test }) => alert_rule_test);
});

describe.skipIf(!hasPromtool)("the rules, to Prometheus", () => {
  it("are valid", async () => {
    expect(await checkRules()).toBe("");
  });

  it.each(listDeployed("test/alerts"))(
    "fire when they should, and say what is the matter: %s",
    async (file) => {
      expect(await testRules(readDeployed(`test/alerts/${file}`))).toBe("");
    },
  );
});

describe.each(alerts)("$alert", ({ alert, labels, annotations, expr }) => {
  it("is tested where it fires and where it doesn't", () => {
    const own = cases.filter(({ alertname }) => alertname === alert);
    expect(own.filter(({ exp_alerts = [] }) => exp_alerts.length > 0).length).toBeGreaterThan(0);
    expect(own.filter(({ exp_alerts = [] }) => exp_alerts.length === 0).length).toBeGreaterThan(0);
  });

  it("has a severity, a summary, a description and a page", () => {
    expect(["critical", "warning"]).toContain(labels?.["severity"]);
    expect(annotations).toEqual({
      summary: expect.stringMatching(/./),
      description: expect.stringMatching(/\.$/),
      runbook: `docs/runbooks/${alert}.md`,
    });
    const page = fileURLToPath(new URL(`../../docs/runbooks/${alert}.md`, import.meta.url));
    expect(existsSync(page)).toBe(true);
  });

  it("keeps clusters apart, of the same name in two namespaces too", () => {
    const groupings = [...expr.matchAll(/\b(by|on) \(([^)]*)\)/g)].map(([, , names = ""]) =>
      names.split(", "),
    );
    expect(groupings.length).toBeGreaterThan(0);
    for (const names of groupings) expect(names).toEqual(expect.arrayContaining(["namespace", "cluster"]));
  });
});
