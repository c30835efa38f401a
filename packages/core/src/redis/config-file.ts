import { rename, rm, writeFile } from "node:fs/promises";
import { describeError, InstanceError } from "../errors.ts";
import { line, portLines, processLines } from "./config-lines.ts";
import { isOwnedDirective } from "./owned-directives.ts";
import { splitWords } from "./split-words.ts";

/** What the manager decides about the redis-server that it starts. */
export interface RedisConfigSettings {
  readonly port: number;
  /** Redis' working directory, where its data lies. */
  readonly dir: string;
  readonly password?: string | undefined;
  /** The users, in place of the password that Redis asks for; see `prepareAclFile`. */
  readonly aclFile?: string | undefined;
  /** Folder with `tls.crt`, `tls.key`, `ca.crt`. Set: Redis speaks TLS on its port, to its primary too, and no plain TCP. */
  readonly tlsDir?: string | undefined;
  /** The address or host name under which a replica registers with its primary; Redis' own guess when unset. */
  readonly announceHost?: string | undefined;
  /** The primary to follow from the start. Unset: none. */
  readonly replicaOf?: { readonly host: string; readonly port: number } | undefined;
  /**
   * The folder holds a snapshot and no append-only files. With `appendonly yes` Redis ignores the snapshot, comes up
   * empty and overwrites it with the next one, so it starts with `appendonly no` then, whatever is configured.
   */
  readonly holdsOnlySnapshot: boolean;
  /** `spec.redis`: a directive and what stands behind it in redis.conf, several arguments and quotes included. */
  readonly directives: Readonly<Record<string, string>>;
  /** A redis.conf of the user's. */
  readonly includeFile?: string | undefined;
}

/**
 * Renders the redis.conf of a supervised redis-server. Redis takes the last line of a directive, so the order is the
 * precedence: defaults (persistence on), the user's file, `directives`, what the manager owns.
 *
 * @throws InstanceError `REDIS_CONFIG_INVALID` naming the directive, if `directives` sets one that the manager owns
 * or holds what is no single line of redis.conf.
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/config/
 */
export function renderRedisConfig(settings: RedisConfigSettings): string {
  const {
    port,
    dir,
    password,
    aclFile,
    tlsDir,
    announceHost,
    replicaOf,
    directives,
    includeFile,
    holdsOnlySnapshot,
  } = settings;
  const lines = [
    line("appendonly", "yes"),
    line("aof-use-rdb-preamble", "yes"),
    // The manager presents its certificate; clients may do without.
    ...(tlsDir === undefined ? [] : [line("tls-auth-clients", "optional")]),
    ...(includeFile === undefined ? [] : [line("include", includeFile)]),
    ...Object.entries(directives).flatMap(([name, value]) => directiveLines(name, value)),
    "bind * -::*",
    // Without a password protected mode refuses the peers; who may connect is the NetworkPolicy's matter.
    line("protected-mode", "no"),
    ...processLines,
    ...portLines({ port, tlsDir }),
    ...(tlsDir === undefined ? [] : [line("tls-replication", "yes")]),
    line("dir", dir),
    ...(holdsOnlySnapshot ? [line("appendonly", "no")] : []),
    // Redis takes the default user's password from the ACL file then, and none from here.
    ...(aclFile === undefined ? passwordLine("requirepass", password) : [line("aclfile", aclFile)]),
    ...passwordLine("masterauth", password),
    ...(announceHost === undefined
      ? []
      : [line("replica-announce-ip", announceHost), line("replica-announce-port", String(port))]),
    ...(replicaOf === undefined ? [] : [line("replicaof", replicaOf.host, String(replicaOf.port))]),
  ];
  return `${lines.join("\n")}\n`;
}

/**
 * Writes a configuration that only its owner may read, in place of the one before, whole or not at all.
 *
 * @throws InstanceError `REDIS_CONFIG_INVALID` if the file can't be written.
 */
export async function writeRedisConfig(path: string, text: string): Promise<void> {
  const unfinished = `${path}.unfinished`;
  try {
    // The mode counts only for a file that writing creates.
    await rm(unfinished, { force: true });
    await writeFile(unfinished, text, { mode: 0o600, flag: "wx" });
    await rename(unfinished, path);
  } catch (cause) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw new InstanceError(
      "REDIS_CONFIG_INVALID",
      `writing Redis' configuration ${path} failed: ${describeError(cause)}`,
      { cause },
    );
  }
}

function passwordLine(directive: string, password = ""): readonly string[] {
  return password === "" ? [] : [line(directive, password)];
}

function directiveLines(name: string, value: string): readonly string[] {
  const directive = name.toLowerCase();
  const text = value.trim();
  if (!/^[a-z][a-z0-9._-]*$/.test(directive)) {
    throw invalid(`${JSON.stringify(name)} of spec.redis is no directive of redis.conf`);
  }
  if (/\p{Cc}/u.test(text.replaceAll("\t", " "))) {
    throw invalid(`spec.redis sets ${directive} to a value of several lines or with control characters`);
  }
  const words = splitWords(text);
  if (words === undefined) throw invalid(`spec.redis sets ${directive} to a value of unbalanced quotes`);
  if (isOwnedDirective(directive, words)) {
    throw invalid(`spec.redis sets ${directive}, which belongs to the manager`);
  }
  const rendered = line(directive, ...(words.length === 0 ? [""] : words));
  // Lines of save add up, with those of the included file too, unless an empty one comes first.
  return directive === "save" ? [line("save", ""), rendered] : [rendered];
}

function invalid(message: string): InstanceError {
  return new InstanceError("REDIS_CONFIG_INVALID", message);
}
