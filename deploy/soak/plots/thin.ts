/** A point of a line: when, and how much. `null`: nothing is known, so that the line is broken. */
export type Point = readonly [at: number, value: number | null];

/**
 * Makes as many points of a line as can be told apart. Of each stretch of time it keeps the highest, because a peak is what one
 * looks for.
 */
export function thin(points: readonly Point[], most: number): readonly Point[] {
  const [from, to] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0];
  if (points.length <= most) return points;
  const stretchMs = (to - from + 1) / most;
  const highest = new Map<number, Point>();
  for (const point of points) {
    const stretch = Math.floor((point[0] - from) / stretchMs);
    const known = highest.get(stretch);
    if (known === undefined || (point[1] ?? -1) > (known[1] ?? -1)) highest.set(stretch, point);
  }
  return [...highest.values()];
}
