import { describe, expect, it } from "vitest";
import { InstanceError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { createScrape, type ScrapeDependencies } from "./scrape.ts";
import type { ScrapeOutcome } from "./scrape-stages.ts";

type Answer = unknown;

/** A scrape of a Redis that gives these answers in turn. */
function scrapeOf(...answers: Answer[]) {
  let count = 0;
  return scrapeFrom(async () => answers[count++]);
}

/** A scrape of a Redis that answers so, unless it gives an error to be thrown. */
function scrapeFrom(answer: (command: string) => Promise<Answer>, options: Partial<ScrapeDependencies> = {}) {
  const commands: string[] = [];
  const log: string[] = [];
  const outcomes: ScrapeOutcome[] = [];
  const record = (level: string) => (_fields: object, message: string) =>
    void log.push(`${level}: ${message}`);
  const scrape = createScrape({
    redis: {
      address: "127.0.0.1:6379",
      async send(command) {
        const text = command.join(" ");
        commands.push(text);
        const given = await answer(text);
        if (given instanceof Error) throw given;
        return given;
      },
      close() {},
    },
    logger: {
      debug: record("debug"),
      info: record("info"),
      warn: record("warn"),
      error: record("error"),
    } satisfies Logger,
    timeoutMs: 60_000,
    reads: { slowLog: false, latencyHistograms: false },
    readFenced: () => false,
    observer: { scrapeEnded: (outcome) => void outcomes.push(outcome) },
    ...options,
  });
  return { scrape, commands, log, outcomes };
}

const unreachable = new InstanceError("REDIS_UNREACHABLE", "INFO on Redis at 127.0.0.1:6379 failed: refused");
const refused = new InstanceError("REDIS_AUTH_FAILED", "INFO on Redis at 127.0.0.1:6379 failed: WRONGPASS");

describe("createScrape", () => {
  it("reads one INFO of all sections", async () => {
    const { scrape, commands } = scrapeOf("used_memory:7\r\n");
    expect(await scrape.read()).toEqual({ up: true, info: new Map([["used_memory", "7"]]), fenced: false });
    expect(commands).toEqual(["INFO all"]);
  });

  it("lets concurrent scrapes share one INFO, and reads anew afterwards", async () => {
    const { scrape, commands } = scrapeOf("used_memory:7", "used_memory:8");
    const [first, second] = await Promise.all([scrape.read(), scrape.read()]);
    expect(second).toBe(first);
    expect(await scrape.read()).toMatchObject({ info: new Map([["used_memory", "8"]]) });
    expect(commands).toHaveLength(2);
  });

  it("answers { up: false } when Redis does not answer", async () => {
    const { scrape, outcomes } = scrapeOf(unreachable);
    expect(await scrape.read()).toEqual({ up: false, fenced: false });
    expect(outcomes).toEqual([
      { stages: [{ stage: "info", durationMs: expect.any(Number), failure: "REDIS_UNREACHABLE" }] },
    ]);
  });

  it("logs when Redis stops answering, why when that changes, and when it answers again", async () => {
    const { scrape, log } = scrapeOf("", unreachable, unreachable, refused, refused, "", "", unreachable);
    for (let count = 0; count < 8; count += 1) await scrape.read();
    expect(log).toEqual([
      `warn: scraping Redis failed: ${unreachable.message}`,
      `warn: scraping Redis failed: ${refused.message}`,
      "info: Redis answers scrapes again",
      `warn: scraping Redis failed: ${unreachable.message}`,
    ]);
  });

  it("passes a defect on, and reads again the next time", async () => {
    const { scrape } = scrapeOf(new TypeError("defect"), "used_memory:7");
    await expect(scrape.read()).rejects.toThrow("defect");
    expect(await scrape.read()).toMatchObject({ up: true });
  });

  it("gives up on a Redis that is silent for longer than the scrape may take", async () => {
    const { scrape, outcomes } = scrapeFrom(() => new Promise(() => undefined), { timeoutMs: 10 });
    expect(await scrape.read()).toEqual({ up: false, fenced: false });
    expect(outcomes).toMatchObject([{ stages: [{ stage: "info", failure: "REDIS_TIMED_OUT" }] }]);
  });
});

describe("a scrape that reads more than INFO", () => {
  const reads = { slowLog: true, latencyHistograms: true };
  const replies: Readonly<Record<string, Answer>> = {
    "INFO all": "used_memory:7",
    "SLOWLOG LEN": 3,
    "SLOWLOG GET 1": [[41, 1_795_394_835, 119, ["SET", "secret", "secret"], "127.0.0.1:1", ""]],
    "LATENCY HISTOGRAM": ["get", ["calls", 3, "histogram_usec", [8, 1, 16, 3]]],
  };
  const denied = new InstanceError("REDIS_AUTH_FAILED", "SLOWLOG on Redis at 127.0.0.1:6379 failed: NOPERM");

  it("reads it after INFO, and keeps no text of the slow log", async () => {
    const { scrape, commands, outcomes } = scrapeFrom(async (command) => replies[command], { reads });
    expect(await scrape.read()).toEqual({
      up: true,
      info: new Map([["used_memory", "7"]]),
      slowLog: { length: 3, last: { id: 41, durationUs: 119 } },
      latencies: new Map([
        [
          "get",
          {
            calls: 3,
            buckets: [
              { upToUs: 8, calls: 1 },
              { upToUs: 16, calls: 3 },
            ],
          },
        ],
      ]),
      fenced: false,
    });
    expect(commands).toEqual(["INFO all", "SLOWLOG LEN", "SLOWLOG GET 1", "LATENCY HISTOGRAM"]);
    expect(outcomes[0]?.stages.map(({ stage, failure }) => [stage, failure]).toSorted()).toEqual([
      ["info", undefined],
      ["latency", undefined],
      ["slowlog", undefined],
    ]);
  });

  it("keeps the rest when one part is refused, and logs that once", async () => {
    const answer = async (command: string) => (command.startsWith("SLOWLOG") ? denied : replies[command]);
    const { scrape, log, outcomes } = scrapeFrom(answer, { reads });
    for (let count = 0; count < 2; count += 1) {
      const observation = await scrape.read();
      expect(observation).toMatchObject({ up: true, slowLog: undefined });
      expect(observation).toHaveProperty("latencies.size", 1);
    }
    expect(outcomes[1]?.stages).toContainEqual({
      stage: "slowlog",
      durationMs: expect.any(Number),
      failure: "REDIS_AUTH_FAILED",
    });
    expect(log).toEqual([`warn: reading the slow log for /metrics failed: ${denied.message}`]);
  });

  it.each([
    ["no number for a length", { "SLOWLOG LEN": "3" }],
    ["no list of entries", { "SLOWLOG GET 1": "41" }],
    ["an entry without a duration", { "SLOWLOG GET 1": [[41, 1_795_394_835]] }],
  ])("leaves the slow log out for %s", async (_what, odd) => {
    const answers: Readonly<Record<string, Answer>> = { ...replies, ...odd };
    const { scrape, outcomes } = scrapeFrom(async (command) => answers[command], { reads });
    expect(await scrape.read()).toMatchObject({ up: true, slowLog: undefined });
    expect(outcomes[0]?.stages).toContainEqual(
      expect.objectContaining({ stage: "slowlog", failure: "REDIS_REPLY_INVALID" }),
    );
  });

  it("asks nothing more of a Redis that doesn't answer INFO", async () => {
    const { scrape, commands } = scrapeFrom(async () => unreachable, { reads });
    expect(await scrape.read()).toEqual({ up: false, fenced: false });
    expect(commands).toEqual(["INFO all"]);
  });
});
