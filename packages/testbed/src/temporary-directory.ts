import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder that is removed with all it holds when it goes out of scope. */
export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

/** Creates an empty folder below the system's temporary one. */
export async function createTemporaryDirectory(prefix: string): Promise<TemporaryDirectory> {
  // macOS hands out a path behind a link; processes report the real one.
  const path = await mkdtemp(join(await realpath(tmpdir()), `${prefix}-`));
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
    },
  };
}
