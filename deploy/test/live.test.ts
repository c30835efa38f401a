import { waitFor } from "@redis-operator/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rows } from "../dashboard/dashboard.ts";
import { startPair } from "./pair.ts";
import { hasPrometheus, type Prometheus, startPrometheus } from "./prometheus.ts";
import { readRuleFiles } from "./rule-files.ts";

const [cluster, namespace] = ["cache", "default"];
const alerts = readRuleFiles().flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? []));
const queries = rows.flatMap(({ panels }) =>
  panels.flatMap(({ title, queries: ofPanel }) =>
    ofPanel.map((query) => ({ ...query, title: `${title}: ${query.legend}` })),
  ),
);

/** As Grafana fills it in; its intervals are longer than a test should be. */
function substitute(expr: string): string {
  return expr
    .replaceAll("$namespace", namespace)
    .replaceAll("$cluster", cluster)
    .replaceAll("$pod", ".*")
    .replaceAll("$__rate_interval", "15s");
}

describe.skipIf(!hasPrometheus)("a real Prometheus that scrapes two instances", { timeout: 100_000 }, () => {
  const started = new AsyncDisposableStack();
  let prometheus: Prometheus;

  beforeAll(async () => {
    const { targets } = await startPair({ started, cluster, namespace });
    prometheus = started.use(await startPrometheus(targets));
    // Whatever is a rate has to be seen twice.
    await waitFor(async () => (await prometheus.query("count_over_time(up[1m]) > 3")).length === 2, {
      what: "scrapes of both managers",
    });
  });
  afterAll(() => started.disposeAsync());

  it.each(queries.filter(({ emptyInHealth }) => emptyInHealth === undefined))(
    "has series for $title",
    async ({ expr }) => {
      const query = substitute(expr);
      const found = await waitFor(
        async () => {
          const series = await prometheus.query(query);
          return series.length > 0 && series;
        },
        // The rules on backups are evaluated once a minute.
        { what: `series of ${query}`, timeoutMs: 90_000 },
      );
      expect(found).not.toEqual([]);
    },
  );

  it.each(queries.filter(({ emptyInHealth }) => emptyInHealth !== undefined))(
    "may have none for $title: $emptyInHealth",
    async ({ expr }) => {
      expect(await prometheus.query(substitute(expr))).toBeInstanceOf(Array);
    },
  );

  it("evaluates every rule without an error, and none fires", async () => {
    const trouble = await waitFor(
      async () => {
        const found = await prometheus.ruleTrouble();
        return ![...found.values()].includes(undefined) && found;
      },
      { what: "an evaluation of every rule", timeoutMs: 90_000 },
    );
    expect([...trouble.keys()]).toEqual(expect.arrayContaining(alerts));
    expect([...trouble].filter(([, error]) => error !== "")).toEqual([]);
    expect(await prometheus.query('ALERTS{alertstate="firing"}')).toEqual([]);
  });
});
