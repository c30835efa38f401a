import { watch } from "node:fs";
import { dirname } from "node:path";

/**
 * Calls `onEvent` when something happens in the folders of the files. By folder, because files are replaced: a watch of
 * the file itself stays with the old one, and Kubernetes swaps a link beside it. Events may be missed, and folders that can't
 * be watched are left out; who needs certainty looks from time to time.
 *
 * @returns Ends the watch.
 */
export function watchFolders(files: readonly string[], onEvent: () => void): () => void {
  const watchers = [...new Set(files.map((file) => dirname(file)))].flatMap((folder) => {
    try {
      const watcher = watch(folder, { persistent: false }, onEvent);
      watcher.on("error", () => watcher.close());
      return [watcher];
    } catch {
      return [];
    }
  });
  return () => {
    for (const watcher of watchers) watcher.close();
  };
}
