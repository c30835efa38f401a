import { describe, expect, it } from "vitest";
import { listAclUsers, renderAclFile } from "./acl-file.ts";
import { renderRedisConfig } from "./config-file.ts";
import { hashPassword } from "./password-hash.ts";

const passwordHashes = [hashPassword("ours")];
const ours = `#${hashPassword("ours")}`;

function render(text: string): string {
  return renderAclFile(text, { source: "/acl/users.acl", passwordHashes });
}

describe("renderAclFile", () => {
  it("adds a default user with the manager's passwords to a file that has none", () => {
    expect(render("user alice on ~a:* +get")).toBe(
      `user alice on ~a:* +get\nuser default on ~* &* +@all ${ours}\n`,
    );
  });

  it("adds the manager's passwords to the default user of the file", () => {
    expect(render("user default on >theirs ~* +@all\n")).toBe(
      `user default on #${hashPassword("theirs")} ~* +@all ${ours}\n`,
    );
  });

  it("holds no password in plain text, and keeps every line at its number", () => {
    expect(render("\n\nuser alice on >secret <old ~*\r\n")).toBe(
      `\n\nuser alice on #${hashPassword("secret")} !${hashPassword("old")} ~*\nuser default on ~* &* +@all ${ours}\n`,
    );
  });

  it("takes a password with other white space for one word", () => {
    expect(render("user alice on >a\u00a0b")).toContain(`#${hashPassword("a\u00a0b")}\n`);
  });

  it.each([
    ["", "is empty"],
    ["\n \n", "is empty"],
    ["# users\nuser alice on", `line 1 of the ACL file /acl/users.acl doesn't begin with "user <name>"`],
    ["user alice on\nuser", "line 2"],
    ["user default on nopass ~* +@all", "without a password"],
    ["user default on NoPass ~* +@all", "without a password"],
    ["user default on nopass resetpass ~* +@all", "without a password"],
    ["user default off >x ~* +@all", "turns the default user off"],
    ["user default >x ~* +@all", "turns the default user off"],
    ["user default on +@all reset on", "turns the default user off"],
    ["user default on >x ~* +@all -@dangerous", "restricts the commands"],
    ["user default on >x ~* +get", "restricts the commands"],
    ["user default on >x ~* +@all nocommands", "restricts the commands"],
  ])("refuses %j", (text, reason) => {
    expect(() => render(text)).toThrow(expect.objectContaining({ code: "REDIS_CONFIG_INVALID" }));
    expect(() => render(text)).toThrow(reason);
  });
});

describe("listAclUsers", () => {
  it("lists the users in their order", () => {
    expect(listAclUsers("user default on\n\n  user   alice off\n")).toEqual(["default", "alice"]);
  });
});

describe("renderRedisConfig", () => {
  const settings = { port: 6379, dir: "/data", password: "ours", holdsOnlySnapshot: false };

  it("takes the default user's password from the ACL file, and keeps masterauth", () => {
    const lines = renderRedisConfig({ ...settings, aclFile: "/data/users.acl", directives: {} }).split("\n");
    expect(lines).toContain('aclfile "/data/users.acl"');
    expect(lines).toContain('masterauth "ours"');
    expect(lines.filter((line) => line.startsWith("requirepass"))).toEqual([]);
  });

  it.each([
    ["aclfile", "/data/other.acl"],
    ["user", "default on nopass ~* +@all"],
  ])("refuses %s %s in spec.redis, which would take the password away", (name, value) => {
    expect(() => renderRedisConfig({ ...settings, directives: { [name]: value } })).toThrow(
      `spec.redis sets ${name}, which belongs to the manager`,
    );
  });

  it("takes users of other names in spec.redis", () => {
    expect(renderRedisConfig({ ...settings, directives: { user: "alice on" } })).toContain(
      'user "alice" "on"',
    );
  });
});
