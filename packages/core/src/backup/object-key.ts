/** What a backup stores: an RDB file, or the append-only directory as an archive. */
export type ArtifactType = "rdb" | "aof-archive";

const extensions = { rdb: ".rdb", "aof-archive": ".aof.tar.gz" } satisfies Record<ArtifactType, string>;

/**
 * Builds the key that an artifact is stored under: `<path>/<backupName><extension>`, without the prefix when the
 * path is empty.
 *
 * @param options.path - Key prefix; slashes around it are dropped.
 */
export function buildObjectKey(options: {
  readonly path: string;
  readonly backupName: string;
  readonly artifactType: ArtifactType;
}): string {
  const prefix = trimSlashes(options.path);
  const name = `${options.backupName}${extensions[options.artifactType]}`;
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** Tells whether a key ends as an artifact's does. */
export function isArtifactKey(key: string): boolean {
  return Object.values(extensions).some((extension) => key.endsWith(extension));
}

/** Drops the slashes around a path. */
export function trimSlashes(path: string): string {
  let start = 0;
  let end = path.length;
  while (start < end && path[start] === "/") start += 1;
  while (end > start && path[end - 1] === "/") end -= 1;
  return path.slice(start, end);
}
