import { LineChart, type LineSeriesOption } from "echarts/charts";
import {
  GridComponent,
  type GridComponentOption,
  LegendComponent,
  type LegendComponentOption,
  MarkAreaComponent,
  TitleComponent,
  type TitleComponentOption,
} from "echarts/components";
import { type ComposeOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { type Point, thin } from "./thin.ts";

/** A line of a panel. */
export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

/** One of the charts of a plot, which stand below each other over the same time. */
export interface Panel {
  readonly title: string;
  /** Of its vertical axis. */
  readonly unit: string;
  readonly lines: readonly Line[];
  /** For what spans several orders of magnitude. */
  readonly isLogarithmic?: boolean;
}

/** A stretch of time that is marked. */
export interface Mark {
  readonly from: number;
  readonly to: number;
}

/** What all panels of a plot share. */
export interface PlotOptions {
  readonly title: string;
  readonly from: number;
  readonly to: number;
  /** Faults, from their begin until they were recovered from. */
  readonly marks: readonly Mark[];
}

type Option = ComposeOption<
  GridComponentOption | LegendComponentOption | LineSeriesOption | TitleComponentOption
>;

const width = 1_100;
const panelHeight = 260;
const headHeight = 70;
const [left, right, gap] = [100, 20, 90];
const mostPoints = 300;
const colors = ["#1b6ca8", "#d1495b", "#3d8b37", "#8f5fbf", "#e08e0b", "#4a4e57", "#12908e", "#a8763e"];
const markColor = "rgba(209, 73, 91, 0.13)";

/** Draws panels below each other as an SVG. */
export function renderPlot(panels: readonly Panel[], { title, from, to, marks }: PlotOptions): string {
  use([LineChart, GridComponent, LegendComponent, TitleComponent, MarkAreaComponent, SVGRenderer]);
  const height = headHeight + panels.length * (panelHeight + gap);
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  const top = (index: number) => headHeight + index * (panelHeight + gap);
  const minutes = (at: number) => Math.round((at - from) / 600) / 100;
  const option: Option = {
    animation: false,
    backgroundColor: "#ffffff",
    color: colors,
    title: [
      { text: title, left, top: 8, textStyle: { fontSize: 17 } },
      ...panels.map((panel, index) => ({
        text: panel.title,
        left,
        top: top(index) - 28,
        textStyle: { fontSize: 13, fontWeight: "normal" as const },
      })),
    ],
    grid: panels.map((_, index) => ({
      left,
      right,
      top: top(index),
      height: panelHeight,
      // So that the same moment is at the same place in all of them.
      outerBoundsMode: "none" as const,
    })),
    legend: panels.map(({ lines }, index) => ({
      data: lines.map(({ name }) => name),
      right,
      top: top(index) - 30,
      icon: "roundRect",
      itemHeight: 4,
      itemGap: 18,
    })),
    xAxis: panels.map((_, index) => ({
      type: "value",
      gridIndex: index,
      min: 0,
      max: minutes(to),
      name: "minutes since the load began; red: a fault until it was recovered from",
      nameLocation: "middle",
      nameGap: 26,
      splitLine: { show: false },
    })),
    yAxis: panels.map(({ unit, isLogarithmic }, index) => ({
      type: isLogarithmic === true ? "log" : "value",
      gridIndex: index,
      name: unit,
      nameLocation: "middle",
      nameGap: 76,
    })),
    series: panels.flatMap(({ lines, isLogarithmic }, index) =>
      lines.map(({ name, points }, number) => ({
        type: "line" as const,
        name,
        xAxisIndex: index,
        yAxisIndex: index,
        showSymbol: false,
        lineStyle: { width: 1.2 },
        data: thin(
          points.filter(([at]) => at >= from && at <= to),
          mostPoints,
        ).map(([at, value]) => [minutes(at), value === null ? null : toDrawn(value, isLogarithmic)]),
        ...(number === 0 && {
          markArea: {
            silent: true,
            itemStyle: { color: markColor },
            data: marks.map((mark): [{ xAxis: number }, { xAxis: number }] => [
              { xAxis: minutes(mark.from) },
              { xAxis: minutes(mark.to) },
            ]),
          },
        }),
      })),
    ),
  };
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg.replaceAll(/ d="[^"]*"/g, roundPath);
}

/** A tenth of a pixel is as much as can be seen, and most of a plot's size. */
function roundPath(path: string): string {
  return path.replaceAll(/(\.\d)\d+/g, "$1");
}

/** A logarithmic axis has no zero. */
function toDrawn(value: number, isLogarithmic: boolean | undefined): number {
  const rounded = Math.round(value * 10) / 10;
  return isLogarithmic === true ? Math.max(1, rounded) : rounded;
}
