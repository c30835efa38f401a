import { manager } from "./manager.ts";
import { memory } from "./memory.ts";
import { overview } from "./overview.ts";
import type { Panel, Query, Row } from "./panel.ts";
import { backups, persistence } from "./persistence.ts";
import { replication } from "./replication.ts";
import { clients, traffic } from "./traffic.ts";

/** Every row, from top to bottom. */
export const rows: readonly Row[] = [
  overview,
  traffic,
  clients,
  memory,
  replication,
  persistence,
  backups,
  manager,
];

const columns = 24;
// Grafana names queries A, B, C.
const firstRefId = 65;
const datasource = { type: "prometheus", uid: "${datasource}" } as const;

/** Writes the dashboard as Grafana imports it. */
export function writeDashboard(): string {
  return `${JSON.stringify(
    {
      uid: "redis-instance-manager",
      title: "Redis",
      description: "A Redis cluster and its instance managers.",
      tags: ["redis"],
      schemaVersion: 39,
      version: 1,
      editable: true,
      graphTooltip: 1,
      refresh: "30s",
      time: { from: "now-3h", to: "now" },
      timezone: "browser",
      templating: { list: variables() },
      annotations: { list: [alertsAsAnnotation()] },
      panels: layOut(),
    },
    undefined,
    2,
  )}\n`;
}

function variables(): readonly object[] {
  return [
    { name: "datasource", label: "datasource", type: "datasource", query: "prometheus" },
    variable("namespace", "redis_up"),
    variable("cluster", 'redis_up{namespace="$namespace"}'),
    {
      ...variable("pod", 'redis_up{namespace="$namespace", cluster="$cluster"}'),
      multi: true,
      includeAll: true,
      allValue: ".*",
      current: { text: "All", value: "$__all" },
    },
  ];
}

function variable(label: string, series: string) {
  return {
    name: label,
    label,
    type: "query",
    datasource,
    query: { query: `label_values(${series}, ${label})`, refId: label },
    refresh: 2,
    sort: 1,
  };
}

function alertsAsAnnotation() {
  return {
    name: "alerts",
    enable: true,
    datasource,
    iconColor: "red",
    expr: 'ALERTS{alertstate="firing", namespace="$namespace", cluster="$cluster"}',
    titleFormat: "{{alertname}}",
    textFormat: "{{pod}}",
  };
}

/** Panels from left to right and from top to bottom, each row of them as high as its highest. */
function layOut(): readonly object[] {
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: "row",
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: columns, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of row.panels) {
      const { width = 8 } = panel;
      if (x + width > columns) {
        x = 0;
        y += height;
        height = 0;
      }
      const h = panel.kind === "stat" ? 4 : 8;
      panels.push({ id: panels.length + 1, ...draw(panel), gridPos: { x, y, w: width, h } });
      x += width;
      height = Math.max(height, h);
    }
    y += height;
  }
  return panels;
}

function draw({ title, description, unit, kind = "timeseries", queries, states = {} }: Panel) {
  const isTable = kind === "table";
  return {
    type: kind,
    title,
    description,
    datasource,
    targets: queries.map((query, index) => toTarget(query, { index, isTable })),
    fieldConfig: {
      defaults: {
        unit,
        mappings: Object.entries(states).map(([value, [text, color]]) => ({
          type: "value",
          options: { [value]: { text, color } },
        })),
      },
      overrides: [],
    },
    options: drawingOptions[kind],
  };
}

function toTarget(
  { expr, legend }: Query,
  { index, isTable }: { readonly index: number; readonly isTable: boolean },
) {
  return {
    refId: String.fromCodePoint(firstRefId + index),
    datasource,
    expr,
    legendFormat: legend,
    ...(isTable && { format: "table", instant: true }),
  };
}

const drawingOptions = {
  timeseries: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
  stat: { textMode: "value_and_name", colorMode: "value", reduceOptions: { calcs: ["lastNotNull"] } },
  "state-timeline": { mergeValues: true, showValue: "auto" },
  table: {},
} as const;
