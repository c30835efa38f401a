import { describe, expect, it } from "vitest";
import { ManagerRefusedError, ManagerTimedOutError, ManagerUnreachableError } from "../errors.ts";
import { choosePauseMs } from "./attempts.ts";

const call = { method: "GET", url: "http://10.0.0.7:8080/v1/status" };
const lost = new ManagerUnreachableError(call, new Error("socket hang up"));
const timedOut = new ManagerTimedOutError(call, { why: "within 10 ms" });
const askedToWait = new ManagerRefusedError(call, { status: 503, retryAfterMs: 3_000 });

describe("the pause before another attempt", () => {
  it.each([
    ["nothing by the least chance", lost, { attempts: 1, random: 0 }, 0],
    ["at most 100 ms after the first", lost, { attempts: 1, random: 1 }, 100],
    ["at most 200 ms after the second", lost, { attempts: 2, random: 1 }, 200],
    ["half of that at half the chance", lost, { attempts: 2, random: 0.5 }, 100],
    ["at most 2 s after many", lost, { attempts: 50, random: 1 }, 2_000],
    ["nothing after a timeout", timedOut, { attempts: 2, random: 1 }, 0],
    ["no less than was asked for", askedToWait, { attempts: 1, random: 0 }, 3_000],
    ["by chance a little more than was asked for", askedToWait, { attempts: 1, random: 1 }, 3_100],
  ])("is %s", (_, error, options, pauseMs) => {
    expect(choosePauseMs(error, options)).toBe(pauseMs);
  });
});
