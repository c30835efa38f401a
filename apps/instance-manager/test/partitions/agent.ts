import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { NetworkHost } from "@redis-operator/testbed";
import * as z from "zod";

/** Which program runs on which host. */
export interface AgentOptions<Finding> {
  readonly host: NetworkHost;
  readonly program: "api-server" | "prober" | "writer";
  readonly options: unknown;
  readonly finding: z.ZodType<Finding>;
  readonly onFinding?: (finding: Finding) => void;
}

/** A program of the suite's on one of the hosts. */
export interface Agent<Finding> extends AsyncDisposable {
  readonly pid: number;
  /** What it reported so far. @throws Error if it ended unasked. */
  findings(): readonly Finding[];
  tell(message: object): void;
}

/** Starts a program of `agents/` on a host. */
export async function startAgent<Finding>({
  host,
  program,
  options,
  finding,
  onFinding,
}: AgentOptions<Finding>): Promise<Agent<Finding>> {
  const path = fileURLToPath(new URL(`agents/${program}.ts`, import.meta.url));
  const { command, args } = host.command(process.execPath, [path, JSON.stringify(options)]);
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const exited = once(child, "exit");
  const messageSchema = z.array(finding);
  const findings: Finding[] = [];
  let isWanted = true;
  let hasFailed = false;
  child.once("exit", () => (hasFailed = isWanted));
  child.on("message", (message) => {
    for (const item of messageSchema.parse(message)) {
      findings.push(item);
      onFinding?.(item);
    }
  });
  await once(child, "spawn");
  return {
    pid: z.number().parse(child.pid),
    findings() {
      if (hasFailed) throw new Error(`the ${program} on ${host.name} ended by itself`);
      return findings;
    },
    tell: (message) => void child.send(message),
    async [Symbol.asyncDispose]() {
      isWanted = false;
      child.kill("SIGCONT");
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
