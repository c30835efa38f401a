import { createRequire } from "node:module";

/** A JavaScript runtime that the published packages have to work on. */
export interface Runtime {
  readonly name: string;
  readonly command: string;
  /** What stands before the path of a script. */
  readonly args: readonly string[];
}

const require = createRequire(import.meta.url);

/** Finds every runtime that is promised, each at one exact version; Node 24 is the one that runs this. @throws Error if one isn't installed. */
export function findRuntimes(): readonly Runtime[] {
  return [
    { name: "Node 20", command: require.resolve("node20/bin/node"), args: [] },
    { name: "Node 22", command: require.resolve("node22/bin/node"), args: [] },
    { name: "Node 24", command: process.execPath, args: [] },
    { name: "Bun", command: require.resolve("bun/bin/bun.exe"), args: ["run"] },
    {
      name: "Deno",
      command: require.resolve("deno/deno"),
      args: ["run", "--allow-all", "--no-lock", "--node-modules-dir=manual"],
    },
  ];
}
