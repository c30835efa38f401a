import { describe, expect, it } from "vitest";
import { InstanceError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { createScrape, type ScrapeOutcome } from "./scrape.ts";

type Answer = string | Error;

/** A scrape of a Redis that gives these answers in turn. */
function scrapeOf(...answers: Answer[]) {
  const commands: string[] = [];
  const log: string[] = [];
  const outcomes: ScrapeOutcome[] = [];
  const record = (level: string) => (_fields: object, message: string) =>
    void log.push(`${level}: ${message}`);
  const scrape = createScrape({
    redis: {
      address: "127.0.0.1:6379",
      async send(command) {
        const answer = answers[commands.push(command.join(" ")) - 1];
        if (answer instanceof Error) throw answer;
        return answer;
      },
      close() {},
    },
    logger: {
      debug: record("debug"),
      info: record("info"),
      warn: record("warn"),
      error: record("error"),
    } satisfies Logger,
    readFenced: () => false,
    observer: { scrapeEnded: (outcome) => void outcomes.push(outcome) },
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
    expect(outcomes).toEqual([{ durationMs: expect.any(Number), failure: "REDIS_UNREACHABLE" }]);
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
});
