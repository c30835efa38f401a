import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { describeError, InstanceError } from "../errors.ts";
import { writeRedisConfig } from "./config-file.ts";
import { line, portLines, processLines } from "./config-lines.ts";
import { splitWords } from "./split-words.ts";

/** What the manager decides about the redis-sentinel that it starts. */
export interface SentinelConfigSettings {
  readonly port: number;
  readonly dir: string;
  readonly password?: string | undefined;
  /** Folder with `tls.crt`, `tls.key`, `ca.crt`. Set: Sentinel speaks TLS, to the instances too. */
  readonly tlsDir?: string | undefined;
}

/** What a Sentinel without a state begins to monitor. */
export interface FirstPrimary {
  /** The name under which it is monitored. */
  readonly name: string;
  /** A DNS name is kept as one: it is resolved anew on each connection, and told to whoever asks. */
  readonly host: string;
  readonly port: number;
  readonly quorum: number;
}

/** Where {@link prepareSentinelConfig} finds and leaves the file. */
export interface SentinelConfigFiles {
  /** Sentinel's own file. It rewrites it, so its folder must be writable. */
  readonly path: string;
  /** The user's file that the first start begins with; an empty one when unset. */
  readonly seedFile?: string | undefined;
  /** Stands before the seed. */
  readonly firstPrimary?: FirstPrimary | undefined;
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
 * is kept but for the lines that the manager owns, and the seed and the first primary count only when there is none.
 *
 * @throws InstanceError `REDIS_CONFIG_INVALID` if a file can't be read or written.
 */
export async function prepareSentinelConfig(
  { path, seedFile, firstPrimary }: SentinelConfigFiles,
  settings: SentinelConfigSettings,
): Promise<void> {
  const existing = await readIfExists(path);
  // The folder that the seed came from may be gone by the next start.
  const readSeed = existing === undefined ? read : readIfExists;
  const seed = seedFile === undefined ? "" : ((await readSeed(seedFile)) ?? "");
  const current = existing ?? [...firstPrimaryLines(firstPrimary), seed].join("\n");
  await writeRedisConfig(path, renderSentinelConfig(current, { ...settings, seed }));
}

function firstPrimaryLines(primary: FirstPrimary | undefined): readonly string[] {
  if (primary === undefined) return [];
  const { name, host, port, quorum } = primary;
  const hostNameLines = ["sentinel resolve-hostnames yes", "sentinel announce-hostnames yes"];
  return [
    ...(isIP(host) === 0 ? hostNameLines : []),
    line("sentinel", "monitor", name, host, String(port), String(quorum)),
  ];
}

/**
 * Replaces the lines that the manager owns in the text of a sentinel.conf.
 *
 * With a password, what Sentinel shows to the instances is the manager's too, but for a primary whose `auth-pass` or
 * `auth-user` the seed sets. Sentinel writes a password into its file as it is, so that it couldn't read one with a quote again.
 */
export function renderSentinelConfig(
  current: string,
  settings: SentinelConfigSettings & { readonly seed?: string },
): string {
  const { port, dir, password = "", tlsDir, seed = "" } = settings;
  const primaries = password === "" ? [] : primariesIn(current).filter((name) => !hasCredentials(seed, name));
  const owned = [
    ...processLines,
    ...portLines({ port, tlsDir }),
    ...(tlsDir === undefined ? [] : [line("tls-replication", "yes")]),
    line("dir", dir),
    ...(password === "" ? [] : [line("requirepass", password)]),
    ...primaries.map((name) => line("sentinel", "auth-pass", name, password)),
  ];
  // Also what is not written now: TLS that was turned off must not stay on from the start before.
  const ownedNames = new Set([...owned.map(directiveOf), ...tlsDirectives]);
  // Sentinel writes the default user into its file with the password's hash, and that line beats requirepass. Without a
  // password file both are the user's, from the seed.
  if (ownedNames.has("requirepass")) ownedNames.add("user default");
  const kept = current.split("\n").filter((text) => !ownedNames.has(directiveOf(text)));
  return `${[...kept.join("\n").trimEnd().split("\n"), ...owned].join("\n").trimStart()}\n`;
}

/** The names under which primaries are monitored. */
function primariesIn(text: string): readonly string[] {
  const lines = text.split("\n").map(wordsOf);
  return lines.flatMap(([directive, option, name]) =>
    directive === "sentinel" && option === "monitor" && name !== undefined ? [name] : [],
  );
}

function hasCredentials(seed: string, primary: string): boolean {
  return seed
    .split("\n")
    .map(directiveOf)
    .some((name) => name === `sentinel auth-pass ${primary}` || name === `sentinel auth-user ${primary}`);
}

/** The directive of a line in lower case, with what it is about: an ACL user, or an option of Sentinel and the primary. */
function directiveOf(text: string): string {
  const [directive = "", first = "", second = ""] = wordsOf(text);
  if (directive === "user") return `${directive} ${first}`;
  return directive === "sentinel" ? `${directive} ${first.toLowerCase()} ${second}` : directive;
}

/** The first in lower case. */
function wordsOf(text: string): readonly string[] {
  // A password that Sentinel wrote may not be sound; the words before it are.
  const [directive = "", ...rest] = splitWords(text) ?? text.trim().split(/\s+/);
  return [directive.toLowerCase(), ...rest];
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
