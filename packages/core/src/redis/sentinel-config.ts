import { readFile } from "node:fs/promises";
import { describeError, InstanceError } from "../errors.ts";
import { writeRedisConfig } from "./config-file.ts";
import { line, portLines, processLines } from "./config-lines.ts";

/** What the manager decides about the redis-sentinel that it starts. */
export interface SentinelConfigSettings {
  readonly port: number;
  readonly dir: string;
  readonly password?: string | undefined;
  /** Folder with `tls.crt`, `tls.key`, `ca.crt`. Set: Sentinel speaks TLS, to the instances too. */
  readonly tlsDir?: string | undefined;
}

/** Where {@link prepareSentinelConfig} finds and leaves the file. */
export interface SentinelConfigFiles {
  /** Sentinel's own file. It rewrites it, so its folder must be writable. */
  readonly path: string;
  /** The user's file that the first start begins with; an empty one when unset. */
  readonly seedFile?: string | undefined;
}

const tlsDirectives = [
  "tls-port",
  "tls-replication",
  "tls-cert-file",
  "tls-key-file",
  "tls-ca-cert-file",
] as const;

/**
 * Brings Sentinel's configuration file up to date with the settings, before a start.
 *
 * The file is Sentinel's state: its id, the epochs, what it monitors and whom it has discovered. So an existing one
 * is kept but for the lines that the manager owns, and the seed counts only when there is none.
 *
 * @throws InstanceError `REDIS_CONFIG_INVALID` if a file can't be read or written.
 */
export async function prepareSentinelConfig(
  { path, seedFile }: SentinelConfigFiles,
  settings: SentinelConfigSettings,
): Promise<void> {
  const existing = await readIfExists(path);
  const current = existing ?? (seedFile === undefined ? "" : await read(seedFile));
  await writeRedisConfig(path, renderSentinelConfig(current, settings));
}

/** Replaces the lines that the manager owns in the text of a sentinel.conf. */
export function renderSentinelConfig(current: string, settings: SentinelConfigSettings): string {
  const { port, dir, password, tlsDir } = settings;
  const owned = [
    ...processLines,
    ...portLines({ port, tlsDir }),
    ...(tlsDir === undefined ? [] : [line("tls-replication", "yes")]),
    line("dir", dir),
    ...(password === undefined || password === "" ? [] : [line("requirepass", password)]),
  ];
  // Also what is not written now: TLS that was turned off must not stay on from the start before.
  const ownedNames = new Set([...owned.map(directiveOf), ...tlsDirectives]);
  // Sentinel writes the default user into its file with the password's hash, and that line beats requirepass. Without a
  // password file both are the user's, from the seed.
  if (ownedNames.has("requirepass")) ownedNames.add("user default");
  const kept = current.split("\n").filter((text) => !ownedNames.has(directiveOf(text)));
  return `${[...kept.join("\n").trimEnd().split("\n"), ...owned].join("\n").trimStart()}\n`;
}

/** The directive of a line in lower case, that of an ACL user together with the user's name. */
function directiveOf(text: string): string {
  const [name = "", first = ""] = text.trim().split(/\s+/, 2);
  const directive = name.toLowerCase();
  return directive === "user" ? `${directive} ${first}` : directive;
}

async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw unreadable(path, cause);
  }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): InstanceError {
  return new InstanceError(
    "REDIS_CONFIG_INVALID",
    `reading the configuration file ${path} failed: ${describeError(cause)}`,
    { cause },
  );
}
