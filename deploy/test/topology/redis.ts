import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { password } from "./cluster.ts";
import type { Pod } from "./pod.ts";

const execute = promisify(execFile);

/** Sends a command to a pod's Redis, or with `port` to its sentinel, from its own host. @throws Error as redis-cli does. */
export async function send({ host }: Pod, command: readonly string[], port = 6379): Promise<string> {
  const { command: program, args } = host.command("redis-cli", ["-e", "-p", String(port), ...command]);
  const { stdout } = await execute(program, args, {
    env: { PATH: process.env["PATH"], REDISCLI_AUTH: password },
    timeout: 5_000,
  });
  return stdout.trim();
}

/** What an instance says of its replication; `undefined` while it doesn't answer. */
export async function readReplication(pod: Pod): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const text = await send(pod, ["INFO", "replication"]);
    const fields = text.matchAll(/^([^:\r\n]+):([^\r\n]*)/gm);
    return new Map(Array.from(fields, ([, name = "", value = ""]) => [name, value]));
  } catch {
    return undefined;
  }
}

/** Whether an instance follows `primary`, and is in touch with it. */
export async function follows(pod: Pod, primary: Pod): Promise<boolean> {
  const replication = await readReplication(pod);
  return (
    replication?.get("role") === "slave" &&
    replication.get("master_host") === `${primary.name}.redis-instances.redis.svc` &&
    replication.get("master_link_status") === "up"
  );
}

/** Whether an instance is a primary with so many replicas. */
export async function leads(pod: Pod, replicas: number): Promise<boolean> {
  const replication = await readReplication(pod);
  return replication?.get("role") === "master" && replication.get("connected_slaves") === String(replicas);
}
