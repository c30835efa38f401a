import { describe, expect, it } from "vitest";
import { rows, writeDashboard } from "../dashboard/dashboard.ts";
import { readDeployed } from "./rule-files.ts";

interface DrawnPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
  readonly targets?: readonly { readonly refId: string }[];
}

// Those of https://github.com/grafana/grafana packages/grafana-data/src/valueFormats/categories.ts that the panels use.
const units = ["none", "short", "bytes", "Bps", "s", "ops", "reqps", "percentunit"];

const file = readDeployed("monitoring/dashboards/redis.json");
const dashboard: { schemaVersion: number; panels: DrawnPanel[] } = JSON.parse(file);
const panels = dashboard.panels;
const graphs = panels.filter(({ type }) => type !== "row");

describe("the dashboard", () => {
  it("is what its rows say: node deploy/dashboard/generate.ts", () => {
    expect(file).toBe(writeDashboard());
  });

  it("has every row and panel once", () => {
    expect(panels.map(({ title }) => title)).toEqual(
      rows.flatMap((row) => [row.title, ...row.panels.map(({ title }) => title)]),
    );
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(graphs.map(({ title }) => title)).size).toBe(graphs.length);
  });

  it("gives each panel a place of its own within the grid", () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect([title, taken.get(`${x},${y}`)]).toEqual([title, undefined]);
          taken.set(`${x},${y}`, title);
        }
      }
    }
  });

  it.each(graphs)(
    "explains $title, in a unit that Grafana knows",
    ({ description, fieldConfig, targets }) => {
      expect(description).toMatch(/^[A-Z].+\.$/);
      expect(units).toContain(fieldConfig?.defaults.unit);
      expect(new Set(targets?.map(({ refId }) => refId)).size).toBe(targets?.length);
    },
  );
});
