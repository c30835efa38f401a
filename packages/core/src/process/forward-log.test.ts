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
