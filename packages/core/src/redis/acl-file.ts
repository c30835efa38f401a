import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { describeError, InstanceError } from "../errors.ts";
import { writeRedisConfig } from "./config-file.ts";
import { hashPassword } from "./password-hash.ts";

/** Where the ACL file that Redis reads lies: in its working directory, beside redis.conf. Absolute, as Redis needs it. */
export function aclFilePath(dir: string): string {
  return resolve(dir, "users.acl");
}

/**
 * Writes the ACL file that a supervised Redis is started on, for its owner alone.
 *
 * @returns Its path.
 * @throws InstanceError `REDIS_CONFIG_INVALID` if the user's file can't be read or doesn't do, or there is no password.
 */
export async function prepareAclFile(
  aclFile: string,
  { dir, password = "" }: { readonly dir: string; readonly password?: string | undefined },
): Promise<string> {
  if (password === "") {
    throw new InstanceError(
      "REDIS_CONFIG_INVALID",
      `the ACL file ${aclFile} needs a password for the default user: set REDIS_PASSWORD_FILE`,
    );
  }
  const path = aclFilePath(dir);
  const text = renderAclFile(await readAclFile(aclFile), {
    source: aclFile,
    passwordHashes: [hashPassword(password)],
  });
  await writeRedisConfig(path, text);
  return path;
}

/**
 * Renders the ACL file that Redis reads from the user's: its users, every password as its hash, and a default user
 * that takes the manager's passwords. Lines keep their numbers.
 *
 * The manager and the replicas log in as the default user, so it must be on and may run every command. A file without it
 * would remove its password, so that one is added then; `nopass` would too, and is refused.
 *
 * @throws InstanceError `REDIS_CONFIG_INVALID` that names the line, without what is secret in it.
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
export function renderAclFile(
  text: string,
  { source, passwordHashes }: { readonly source: string; readonly passwordHashes: readonly string[] },
): string {
  const ownPasswords = passwordHashes.map((hash) => `#${hash}`);
  const lines = text.trimEnd().split("\n");
  if (lines.every((line) => line.trim() === "")) throw invalid(`the ACL file ${source} is empty`);
  const rendered = lines.map((line, index) => {
    const [keyword = "", name, ...rules] = wordsOf(line);
    if (keyword === "") return "";
    const place = `line ${index + 1} of the ACL file ${source}`;
    if (keyword.toLowerCase() !== "user" || name === undefined) {
      throw invalid(`${place} doesn't begin with "user <name>"`);
    }
    const words = [keyword, name, ...rules.map(withoutPlainPassword)];
    if (name !== "default") return words.join(" ");
    requireOpenToManager(rules, place);
    return [...words, ...ownPasswords].join(" ");
  });
  const hasDefault = listAclUsers(text).includes("default");
  return [
    ...rendered,
    ...(hasDefault ? [] : [`user default on ~* &* +@all ${ownPasswords.join(" ")}`]),
    "",
  ].join("\n");
}

/** The names of the users that an ACL file defines, in its order. */
export function listAclUsers(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => wordsOf(line).slice(1, 2));
}

/** Leaves out the rules that Redis quotes in an error of its ACL file: one may be a password in the wrong place. */
export function withoutAclRules(message: string): string {
  return message.replaceAll(/'\S*'/g, "'…'");
}

/** @throws InstanceError `REDIS_CONFIG_INVALID` if the file can't be read. */
async function readAclFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new InstanceError(
      "REDIS_CONFIG_INVALID",
      `reading the ACL file ${path} failed: ${describeError(cause)}`,
      {
        cause,
      },
    );
  }
}

/** As Redis splits a line; a password may hold any other white space. */
function wordsOf(line: string): readonly string[] {
  return line.replaceAll(/^[ \t\r]+|[ \t\r]+$/g, "").split(/ +/);
}

function requireOpenToManager(rules: readonly string[], place: string): void {
  const words = rules.map((rule) => rule.toLowerCase());
  if (words.includes("nopass")) throw invalid(`${place} lets the default user in without a password`);
  if (!words.includes("on") || words.some((word) => word === "off" || word === "reset")) {
    throw invalid(`${place} turns the default user off, which the manager and the replicas log in as`);
  }
  const hasAll = words.some((word) => word === "+@all" || word === "allcommands");
  if (!hasAll || words.some((word) => word.startsWith("-") || word === "nocommands")) {
    throw invalid(
      `${place} restricts the commands of the default user, which the manager and the replicas log in as: give applications a user of their own`,
    );
  }
}

function withoutPlainPassword(rule: string): string {
  if (rule.startsWith(">")) return `#${hashPassword(rule.slice(1))}`;
  return rule.startsWith("<") ? `!${hashPassword(rule.slice(1))}` : rule;
}

function invalid(message: string): InstanceError {
  return new InstanceError("REDIS_CONFIG_INVALID", message);
}
