/** A value whose reads are noted, and the paths of what was never read. */
export interface Watched {
  readonly value: unknown;
  unread(): readonly string[];
}

/**
 * Notes which fields of a value are read. A validator that was compiled from a schema reads the fields that its schema
 * knows, and all of a map; so what it leaves unread is unknown to the schema.
 */
export function watchReads(root: unknown): Watched {
  const read = new Set<string>();

  function watch(value: unknown, path: string): unknown {
    if (typeof value !== "object" || value === null) return value;
    return new Proxy(value, {
      get(target, name, receiver) {
        const field: unknown = Reflect.get(target, name, receiver);
        if (typeof name === "symbol" || !Object.hasOwn(target, name)) return field;
        read.add(`${path}/${name}`);
        return watch(field, `${path}/${name}`);
      },
    });
  }

  return {
    value: watch(root, ""),
    unread: () => listPaths(root, "").filter((path) => !read.has(path)),
  };
}

function listPaths(value: unknown, path: string): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, field]) => [
    `${path}/${name}`,
    ...listPaths(field, `${path}/${name}`),
  ]);
}
