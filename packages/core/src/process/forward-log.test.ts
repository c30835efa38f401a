import { PassThrough } from "node:stream";
import { finished } from "node:stream/promises";
import { describe, expect, it } from "vitest";
import { forwardLog } from "./forward-log.ts";

async function forwarded(...chunks: readonly (string | Buffer)[]) {
  const logged: [string, unknown, string][] = [];
  const log = (level: string) => (fields: unknown, message: string) =>
    void logged.push([level, fields, message]);
  const stream = new PassThrough();
  forwardLog(stream, {
    plainLevel: "info",
    logger: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
  });
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await finished(stream);
  return logged;
}

async function messages(...chunks: readonly (string | Buffer)[]) {
  return (await forwarded(...chunks)).map(([, , message]) => message);
}

describe("forwardLog", () => {
  it("passes on a crash report at error, without what the command that crashed held", async () => {
    const prefix = "12:M 22 Nov 2026 18:00:00.123";
    const lines = await forwarded(
      "=== REDIS BUG REPORT START: Cut & paste starting from here ===\n",
      `${prefix} # Redis 7.0.15 crashed by signal: 11\n`,
      "argv[0]: 'SET'\nargv[1]: 'secret\nsecret too\n'\nargv[2]: 'secret'\nsecret\n",
      "------ REGISTERS ------\nRAX:0\n=== REDIS BUG REPORT END. ===\n\n    Please report\n",
      `${prefix} * Background saving terminated by signal 11\nplain\n`,
    );
    expect(lines.map(([level, , message]) => `${level}: ${message}`)).toEqual([
      "error: === REDIS BUG REPORT START: Cut & paste starting from here ===",
      "error: Redis 7.0.15 crashed by signal: 11",
      "error: argv[0]: 'SET'",
      "error: argv[1]: …",
      "error: argv[2]: …",
      "error: ------ REGISTERS ------",
      "error: RAX:0",
      "error: === REDIS BUG REPORT END. ===",
      "error:     Please report",
      "info: Background saving terminated by signal 11",
      "info: plain",
    ]);
  });

  it("passes on a line with its level and origin, however it is cut into chunks", async () => {
    expect(await forwarded("12:M 22 Nov 2026 18:0", "0:00.123 # Out of", " memory\n")).toEqual([
      ["warn", { source: "redis", redisPid: 12, redisRole: "M" }, "Out of memory"],
    ]);
  });

  it("passes on a last line without an end, and drops blank ones", async () => {
    expect(await messages("one\r\n\n  \ntwo")).toEqual(["one", "two"]);
  });

  it("cuts a line at 4,096 characters, wherever its end is", async () => {
    const long = "x".repeat(5_000);
    const cut = "x".repeat(4_096);
    expect(await messages(`${long}\nnext\n`)).toEqual([cut, "next"]);
    expect(await messages(long, long, `${long}\nnext`)).toEqual([cut, "next"]);
    expect(await messages(long)).toEqual([cut]);
  });

  it("reads a character that is split over two chunks", async () => {
    const text = Buffer.from("é\n");
    expect(await messages(text.subarray(0, 1), text.subarray(1))).toEqual(["é"]);
  });
});
