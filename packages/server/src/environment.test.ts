import { describe, expect, it } from "vitest";
import * as z from "zod";
import { EnvironmentError, flag, logLevel, parseEnvironment, parsedBy, port } from "./environment.ts";

const schema = z.object({
  HTTP_PORT: port.default(8080),
  REDIS_SUPERVISE: flag.default(true),
  LOG_LEVEL: logLevel.default("info"),
  TLS_DIR: z.string().optional(),
});

describe("parseEnvironment", () => {
  it("gives every unset variable its default, and takes an empty one for unset", () => {
    expect(parseEnvironment(schema, { HTTP_PORT: "", TLS_DIR: "", HOME: "/root" })).toEqual({
      HTTP_PORT: 8080,
      REDIS_SUPERVISE: true,
      LOG_LEVEL: "info",
    });
  });

  it("reads what is set", () => {
    const environment = { HTTP_PORT: "65535", REDIS_SUPERVISE: "false", LOG_LEVEL: "debug", TLS_DIR: "/tls" };
    expect(parseEnvironment(schema, environment)).toEqual({
      HTTP_PORT: 65_535,
      REDIS_SUPERVISE: false,
      LOG_LEVEL: "debug",
      TLS_DIR: "/tls",
    });
  });

  it.each(["0", "65536", "-1", "1e3", " 80", "80 ", "0x50", "8080.0", "http"])(
    "refuses the port %j",
    (text) => {
      expect(() => parseEnvironment(schema, { HTTP_PORT: text })).toThrow(
        new EnvironmentError(["HTTP_PORT: expected a port from 1 to 65535"]),
      );
    },
  );

  it("names every variable that doesn't fit", () => {
    expect(() =>
      parseEnvironment(schema, { HTTP_PORT: "x", REDIS_SUPERVISE: "yes", LOG_LEVEL: "loud" }),
    ).toThrow(
      expect.objectContaining({
        issues: [
          expect.stringMatching(/^HTTP_PORT: /),
          expect.stringMatching(/^REDIS_SUPERVISE: /),
          expect.stringMatching(/^LOG_LEVEL: /),
        ],
      }),
    );
  });
});

describe("parsedBy", () => {
  it("makes what the parser throws the issue's text", () => {
    const peers = parsedBy((text) => {
      if (text === "bad") throw new Error("bad is no list of peers");
      return text.split(",");
    });
    expect(peers.parse("a,b")).toEqual(["a", "b"]);
    expect(peers.safeParse("bad").error?.issues[0]?.message).toBe("bad is no list of peers");
  });
});
