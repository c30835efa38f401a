import { fileURLToPath } from "node:url";
import { freePort, type ProcessExit, startProcess } from "@redis-operator/testbed";
import type { Environment } from "./instance.ts";

/** What the container runs. */
export const bundle = fileURLToPath(new URL("../dist/main.cjs", import.meta.url));

/** Runs a bundled manager that is expected to end by itself, on a free port, and returns how it did and what it wrote. */
export async function runToEnd(env: Environment): Promise<ProcessExit & { readonly output: string }> {
  await using manager = await startProcess({
    command: process.execPath,
    args: [bundle],
    env: { PATH: process.env["PATH"], HTTP_PORT: String(await freePort()), ...env },
  });
  const exit = await manager.exited;
  return { ...exit, output: manager.output() };
}

/** Whether a process exists. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
