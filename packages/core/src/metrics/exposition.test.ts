import { describe, expect, it } from "vitest";
import { writeExposition } from "./exposition.ts";

describe("writeExposition", () => {
  it("writes HELP and TYPE once per family, then its series with the common labels first", () => {
    const text = writeExposition(
      [
        { name: "a", type: "gauge", help: "A.", samples: [{ value: "1" }] },
        {
          name: "b_total",
          type: "counter",
          help: "B.",
          samples: [
            { labels: { x: "1" }, value: "2" },
            { labels: { x: "2" }, value: "3" },
          ],
        },
      ],
      { pod: "redis-0" },
    );
    expect(text).toBe(
      [
        "# HELP a A.",
        "# TYPE a gauge",
        'a{pod="redis-0"} 1',
        "# HELP b_total B.",
        "# TYPE b_total counter",
        'b_total{pod="redis-0",x="1"} 2',
        'b_total{pod="redis-0",x="2"} 3',
        "",
      ].join("\n"),
    );
  });

  it("leaves out a family without samples", () => {
    expect(writeExposition([{ name: "a", type: "gauge", help: "A.", samples: [] }], {})).toBe("");
  });

  it("escapes backslash, newline and, in label values, the double quote", () => {
    const text = writeExposition(
      [
        {
          name: "a",
          type: "gauge",
          help: 'a "b" \\ c\nd',
          samples: [{ labels: { x: 'a "b" \\ c\nd' }, value: "1" }],
        },
      ],
      {},
    );
    expect(text).toBe(
      ['# HELP a a "b" \\\\ c\\nd', "# TYPE a gauge", 'a{x="a \\"b\\" \\\\ c\\nd"} 1', ""].join("\n"),
    );
  });

  it("writes a series that stands twice once, with its later value", () => {
    const text = writeExposition(
      [
        {
          name: "a",
          type: "gauge",
          help: "A.",
          samples: [
            { labels: { x: "1" }, value: "1" },
            { labels: { x: "1" }, value: "2" },
          ],
        },
      ],
      {},
    );
    expect(text).toBe('# HELP a A.\n# TYPE a gauge\na{x="1"} 2\n');
  });
});
