import { describe, expect, it } from "vitest";
import { renderRedisConfig, type RedisConfigSettings } from "./config-file.ts";

const minimal: RedisConfigSettings = { port: 6379, dir: "/data", directives: {}, holdsOnlySnapshot: false };

function linesOf(settings: Partial<RedisConfigSettings>): string[] {
  return renderRedisConfig({ ...minimal, ...settings }).split("\n");
}

describe("renderRedisConfig", () => {
  it("turns persistence on and keeps Redis in the foreground", () => {
    expect(renderRedisConfig(minimal)).toBe(
      [
        'appendonly "yes"',
        'aof-use-rdb-preamble "yes"',
        "bind * -::*",
        'protected-mode "no"',
        'daemonize "no"',
        'supervised "no"',
        'pidfile ""',
        'logfile ""',
        'syslog-enabled "no"',
        'port "6379"',
        'dir "/data"',
        "",
      ].join("\n"),
    );
  });

  it("puts the user's file before the directives and both before what the manager owns", () => {
    const lines = linesOf({ includeFile: "/etc/user.conf", directives: { maxmemory: "1gb" } });
    const order = ['appendonly "yes"', 'include "/etc/user.conf"', 'maxmemory "1gb"', 'port "6379"'];
    expect(lines.filter((line) => order.includes(line))).toEqual(order);
  });

  it("serves TLS only, and replicates over it, when there is a TLS folder", () => {
    expect(linesOf({ tlsDir: "/tls" })).toEqual(
      expect.arrayContaining([
        'port "0"',
        'tls-port "6379"',
        'tls-cert-file "/tls/tls.crt"',
        'tls-key-file "/tls/tls.key"',
        'tls-ca-cert-file "/tls/ca.crt"',
        'tls-replication "yes"',
        'tls-auth-clients "optional"',
      ]),
    );
  });

  it("says nothing of TLS without one, because a Redis built without TLS refuses to start", () => {
    expect(renderRedisConfig(minimal)).not.toContain("tls");
  });

  it("writes the password for clients and for the primary, the address and the primary to follow", () => {
    const lines = linesOf({
      password: "secret",
      announceHost: "10.0.0.7",
      replicaOf: { host: "10.0.0.8", port: 6380 },
    });
    expect(lines).toEqual(
      expect.arrayContaining([
        'requirepass "secret"',
        'masterauth "secret"',
        'replica-announce-ip "10.0.0.7"',
        'replica-announce-port "6379"',
        'replicaof "10.0.0.8" "6380"',
      ]),
    );
  });

  it("starts without AOF on a folder that holds only a snapshot, whatever is configured", () => {
    const lines = linesOf({ holdsOnlySnapshot: true, directives: { appendonly: "yes" } });
    expect(lines.lastIndexOf('appendonly "no"')).toBeGreaterThan(lines.indexOf('appendonly "yes"', 1));
  });

  it("takes an empty password for none", () => {
    expect(renderRedisConfig({ ...minimal, password: "" })).not.toContain("requirepass");
  });

  it.each([
    ["a quote and a backslash", 'a"b\\c', 'requirepass "a\\"b\\\\c"'],
    ["line ends", "a\r\nport 1", 'requirepass "a\\x0d\\x0aport 1"'],
    ["spaces, a hash and other scripts", " # pässwörd", 'requirepass " # pässwörd"'],
  ])("quotes %s in a value of its own", (_, password, expected) => {
    expect(linesOf({ password })).toContain(expected);
  });

  it.each([
    [
      "several arguments",
      "client-output-buffer-limit",
      "replica 256mb 64mb 60",
      '"replica" "256mb" "64mb" "60"',
    ],
    ["a value that a YAML block ended with a line end", "maxmemory", "1gb\n", '"1gb"'],
    ["quotes", "proc-title-template", '"{title} {port}"', '"{title} {port}"'],
    [
      "quotes of the other kind, and an escape",
      "proc-title-template",
      String.raw`'it\'s' \x`,
      '"it\'s" "\\\\x"',
    ],
    ["nothing", "notify-keyspace-events", "", '""'],
  ])("takes %s as it stands in redis.conf, each argument quoted", (_, name, value, expected) => {
    expect(linesOf({ directives: { [name]: value } })).toContain(`${name} ${expected}`);
  });

  it("replaces the save points of the user's file, which would add up", () => {
    const lines = linesOf({ directives: { save: "900 1" } });
    expect(lines.slice(lines.indexOf('save ""'))).toEqual(
      expect.arrayContaining(['save ""', 'save "900" "1"']),
    );
  });

  it.each([
    "port",
    "DIR",
    "replicaof",
    "SlaveOf",
    "requirepass",
    "include",
    "daemonize",
    "rename-command",
    "replica-read-only",
    "cluster-enabled",
  ])("refuses %s, which belongs to the manager", (name) => {
    expect(() => linesOf({ directives: { [name]: "x" } })).toThrow(
      expect.objectContaining({
        code: "REDIS_CONFIG_INVALID",
        message: `spec.redis sets ${name.toLowerCase()}, which belongs to the manager`,
      }),
    );
  });

  it.each(["", "max memory", "maxmemory\nport", "#maxmemory", '"port"', "включить"])(
    "refuses %j as a directive",
    (name) => {
      expect(() => linesOf({ directives: { [name]: "1" } })).toThrow(
        expect.objectContaining({
          code: "REDIS_CONFIG_INVALID",
          message: expect.stringContaining("is no directive"),
        }),
      );
    },
  );

  it.each(["1gb\nrequirepass x", "1gb\rport 1", "a\u0000b", "a\u0085b"])("refuses the value %j", (value) => {
    expect(() => linesOf({ directives: { maxmemory: value } })).toThrow(
      expect.objectContaining({
        code: "REDIS_CONFIG_INVALID",
        message: expect.stringContaining("spec.redis sets maxmemory to a value of several lines"),
      }),
    );
  });

  it.each(['"1gb', "'1gb", '"1gb"x', String.raw`"1gb\"`])(
    "refuses the value %j, whose quotes don't balance",
    (value) => {
      expect(() => linesOf({ directives: { maxmemory: value } })).toThrow(
        expect.objectContaining({
          code: "REDIS_CONFIG_INVALID",
          message: "spec.redis sets maxmemory to a value of unbalanced quotes",
        }),
      );
    },
  );
});
