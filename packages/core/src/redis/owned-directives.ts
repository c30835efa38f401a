import { InstanceError } from "../errors.ts";
import { readConfigFile } from "./configured-directives.ts";

// Lower case: Redis ignores case.
const ownedDirectives: ReadonlySet<string> = new Set([
  // Where Redis is, and in which role: what the manager decides.
  "bind",
  "port",
  "tls-port",
  "protected-mode",
  "dir",
  "replicaof",
  "slaveof",
  "replica-announce-ip",
  "replica-announce-port",
  "slave-announce-ip",
  "slave-announce-port",
  "requirepass",
  "masterauth",
  "aclfile",
  "tls-cert-file",
  "tls-key-file",
  "tls-ca-cert-file",
  "tls-ca-cert-dir",
  "tls-replication",
  // Redis as its child.
  "daemonize",
  "supervised",
  "pidfile",
  "logfile",
  "syslog-enabled",
  // What would cut the manager off.
  "rename-command",
  // A replica that takes writes is a second primary.
  "replica-read-only",
  "slave-read-only",
  // A member of a Redis Cluster takes its role from the others, and refuses REPLICAOF.
  "cluster-enabled",
]);

/** Tells whether a directive, in lower case, is the manager's alone. In `spec.redis`, `include` is too. */
export function isOwnedDirective(name: string, args: readonly string[]): boolean {
  return name === "include" || isOwnedInFile(name, args);
}

/** The password is one of the default user's; a line for that user would take it away. */
function isOwnedInFile(name: string, [user]: readonly string[]): boolean {
  return ownedDirectives.has(name) || (name === "user" && user === "default");
}

/**
 * Refuses a redis.conf of the user's that sets what the manager owns, itself or in a file that it includes. It would have
 * no effect, and whoever wrote it would not know.
 *
 * @throws InstanceError `REDIS_CONFIG_INVALID` naming each directive with its file and line, or the file that can't be read.
 */
export async function requireNoOwnedDirectives(path: string): Promise<void> {
  const owned: string[] = [];
  for await (const { name, args, path: file, lineNumber } of readConfigFile(path)) {
    if (isOwnedInFile(name, args)) owned.push(`${name} (${file} line ${lineNumber})`);
  }
  if (owned.length === 0) return;
  throw new InstanceError(
    "REDIS_CONFIG_INVALID",
    `REDIS_CONFIG_FILE sets what belongs to the manager: ${owned.join(", ")}; remove it`,
  );
}
