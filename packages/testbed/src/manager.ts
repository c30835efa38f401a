import { fileURLToPath } from "node:url";
import { freePort } from "./free-port.ts";
import { type RunningProcess, startProcess } from "./process.ts";
import { Hopeless, waitFor } from "./wait-for.ts";

/** How a bundled manager is started. */
export interface ManagerOptions {
  readonly app: "instance-manager" | "sentinel-manager";
  /** The variables of the contract; HTTP_PORT is a free one unless given. Only PATH is inherited beside them. */
  readonly env: Readonly<Record<string, string>>;
}

/** What Node is told in the ENTRYPOINT of both Dockerfiles. */
export const nodeFlags = [
  "--no-opt",
  "--no-maglev",
  "--max-semi-space-size=1",
  "--bytecode-old-age=1",
  "--flush-baseline-code",
  "--expose-gc",
];

/** What both Dockerfiles set for it beside what {@link ManagerOptions.env} is for. */
export const nodeEnvironment = { MALLOC_MMAP_THRESHOLD_: "32768" };

/** A manager as the container runs it: `node`, its flags, `dist/main.cjs`. */
export interface Manager extends AsyncDisposable {
  /** `http://127.0.0.1:port`; `https` with API_TLS_DIR. */
  readonly url: string;
  readonly port: number;
  readonly process: RunningProcess;
  /** Its log so far, parsed. */
  log(): readonly Readonly<Record<string, unknown>>[];
  stop(): Promise<void>;
}

/** Starts a manager from its bundle and waits until it answers HTTP. @throws Error with its output if it ends instead. */
export async function startManager({ app, env }: ManagerOptions): Promise<Manager> {
  const port = env["HTTP_PORT"] === undefined ? await freePort() : Number(env["HTTP_PORT"]);
  const manager = await startProcess({
    command: process.execPath,
    args: [...nodeFlags, fileURLToPath(new URL(`../../../apps/${app}/dist/main.cjs`, import.meta.url))],
    env: { PATH: process.env["PATH"], ...nodeEnvironment, HTTP_PORT: String(port), ...env },
  });
  const isTls = env["API_TLS_DIR"] !== undefined;
  const url = `${isTls ? "https" : "http"}://127.0.0.1:${port}`;

  async function stop() {
    await manager.stop();
  }

  try {
    await waitFor(
      async () => {
        if (manager.hasExited()) throw new Hopeless(`${app} ended at start:\n${manager.output()}`);
        // Its certificate is the test's own business.
        if (isTls) return parseLog(manager.output()).some(({ msg }) => msg === "listening");
        const response = await fetch(`${url}/healthz`);
        await response.body?.cancel();
        return true;
      },
      { what: `${app} on port ${port}` },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    port,
    process: manager,
    log: () => parseLog(manager.output()),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function parseLog(output: string): Readonly<Record<string, unknown>>[] {
  return output.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return [];
    const entry: unknown = JSON.parse(line);
    return isRecord(entry) ? [entry] : [];
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
