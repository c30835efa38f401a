export { restoreBackup } from "./restore-backup.ts";
export type { RestoreProgress } from "./restore-progress.ts";
export type { RestoreOutcome, RestoreRequest } from "./restore-request.ts";
export { parseRestoreSource } from "./restore-source.ts";
export { readPersistenceConfig } from "../persistence/data-files.ts";
