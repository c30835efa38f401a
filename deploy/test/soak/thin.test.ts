import { describe, expect, it } from "vitest";
import { type Point, thin } from "../../soak/plots/thin.ts";

const line = Array.from({ length: 1_000 }, (_, index): Point => [index * 10, index % 7]);

describe("thinning a line", () => {
  it("leaves a short one as it is", () => {
    expect(thin(line, 1_000)).toEqual(line);
    expect(thin([], 10)).toEqual([]);
  });

  it("keeps at most so many points, in their order", () => {
    const thinned = thin(line, 50);
    expect(thinned).toHaveLength(50);
    expect(thinned.toSorted(([a], [b]) => a - b)).toEqual(thinned);
  });

  it("keeps the peak of each stretch", () => {
    const peak: Point = [5_005, 900];
    expect(thin([...line.slice(0, 501), peak, ...line.slice(501)], 50)).toContainEqual(peak);
  });

  it("keeps a gap only where a stretch has nothing else", () => {
    const gap = line.map(([at, value]): Point => [at, at < 5_000 ? null : value]);
    const thinned = thin(gap, 10);
    expect(thinned.filter(([, value]) => value === null)).toHaveLength(5);
  });
});
