import { writeFileSync } from "node:fs";
import { serveBackupJob } from "../src/backup/serve-backup-job.ts";

/** The program of a backup process, as the instance manager's bundle has one. PID_FILE: where it says who it is. */
const { PID_FILE: pidFile } = process.env;
if (pidFile !== undefined) writeFileSync(pidFile, String(process.pid));
await serveBackupJob(process);
process.exit(0);
