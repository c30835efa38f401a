import { startProcess, waitFor } from "@redis-operator/testbed";
import { password } from "./cluster.ts";
import type { Pod } from "./pod.ts";

/** A client that counts up one key, and keeps its connection whatever comes. */
export interface SteadyWriter extends AsyncDisposable {
  readonly key: string;
  /** What the key was at the last acknowledgement. */
  acknowledged(): number;
  /** Settles when it is told that it may not write any more. */
  isRefused(): Promise<unknown>;
}

const key = "counted";
const paceSeconds = "0.005";
const endless = "1000000";

/** Starts to write to a pod's Redis, from its own host. */
export async function startSteadyWriter({ name, host }: Pod): Promise<SteadyWriter> {
  // A line at a time, also into a pipe.
  const counting = ["--output=L", "redis-cli", "-r", endless, "-i", paceSeconds, "INCR", key];
  const { command, args } = host.command("stdbuf", counting);
  const writer = await startProcess({
    command,
    args,
    env: { PATH: process.env["PATH"], REDISCLI_AUTH: password },
  });
  const acknowledged = () => Number(/^(\d+)\n(?!\d)/m.exec(writer.output())?.[1] ?? 0);
  const isRefused = () => writer.output().includes("READONLY");

  await waitFor(() => acknowledged() > 100, { what: `writes to ${name}` });
  return {
    key,
    acknowledged,
    isRefused: () => waitFor(isRefused, { what: `a write to ${name} to be refused`, timeoutMs: 60_000 }),
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  };
}
