import { livenessReportSchema } from "@redis-operator/client/contract";
import { freePort, startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, becomes, becomesReady, plainText } from "./answer.ts";
import { attachTo, share, startAttached, startSupervised } from "./instance.ts";

const ok = plainText(200, "ok");
const notRunning = plainText(503, "redis-server not running");

describe("GET /healthz of a manager that supervises", () => {
  it("answers 200 ok, HEAD without the body", async () => {
    await using instance = await startSupervised();
    await becomesReady(instance);
    expect(await ask(instance, "/healthz")).toEqual(ok);
    expect(await ask(instance, "/healthz", { method: "HEAD" })).toEqual({ ...ok, body: "" });
  });

  it("logs nothing for a probe that succeeds", async () => {
    await using instance = await startSupervised({ LOG_LEVEL: "trace" });
    await becomesReady(instance);
    await ask(instance, "/healthz");
    const ownEntries = () => instance.log().filter(({ source }) => source !== "redis").length;
    const before = ownEntries();
    for (const path of ["/healthz", "/readyz"]) expect(await ask(instance, path)).toEqual(ok);
    expect(ownEntries()).toBe(before);
  });
});

describe("GET /healthz of a manager that attaches", () => {
  it("answers 503 once that redis-server was killed, whatever other ones run", async () => {
    await using instance = await startAttached();
    await using _bystander = await startRedisServer();
    expect(await ask(instance, "/healthz")).toEqual(ok);
    instance.redis.process.kill("SIGKILL");
    await instance.redis.process.exited;
    await becomes(instance, "/healthz", 503);
    expect(await ask(instance, "/healthz")).toEqual(notRunning);
    expect(await ask(instance, "/healthz", { method: "HEAD" })).toEqual({ ...notRunning, body: "" });
  });

  it("answers 200 again when another one took its place", async () => {
    const port = await freePort();
    await using manager = await attachTo({ port });
    for (let round = 0; round < 2; round += 1) {
      await using _redis = await startRedisServer({ port });
      await becomesReady(manager);
      await becomes(manager, "/healthz", 200);
    }
    await becomes(manager, "/healthz", 503);
    expect(await ask(manager, "/healthz")).toEqual(notRunning);
  });

  it("answers 503 when there never was one", async () => {
    await using manager = await attachTo({ port: await freePort() }, { REDIS_BINARY: "no-such-redis" });
    await becomes(manager, "/healthz", 503);
    expect(await ask(manager, "/healthz")).toEqual(notRunning);
  });
});

describe("a Redis that is alive but doesn't answer as usual", () => {
  it("counts as alive while it hangs, whether its role was ever read or not", async () => {
    await using redis = await startRedisServer();
    redis.process.kill("SIGSTOP");
    await using manager = await attachTo(redis);
    expect(await ask(manager, "/healthz")).toEqual(ok);
    redis.process.kill("SIGCONT");
    await becomesReady(manager);
    expect(await ask(manager, "/healthz")).toEqual(ok);
    redis.process.kill("SIGSTOP");
    expect(await ask(manager, "/healthz")).toEqual(ok);
    expect((await ask(manager, "/readyz")).status).toBe(503);
  });

  it("fails the probe when it has answered nothing for longer than it may, and recovers", async () => {
    await using instance = await startAttached({ env: { REDIS_HUNG_TIMEOUT: "100ms" } });
    await becomesReady(instance);
    instance.redis.process.kill("SIGSTOP");
    await becomes(instance, "/healthz", 503);
    expect(await ask(instance, "/healthz")).toEqual(plainText(503, "redis-server hung"));
    instance.redis.process.kill("SIGCONT");
    await becomes(instance, "/healthz", 200);
  });

  it("counts as alive while it refuses the manager's password", async () => {
    await using instance = await startAttached({ directives: { requirepass: "secret" } });
    expect(await ask(instance, "/healthz")).toEqual(ok);
  });
});

describe("GET /healthz?verbose", () => {
  const alive = share(() => startAttached());

  it.each([
    ["/healthz?verbose", {}],
    ["/healthz?verbose=1", {}],
    ["/healthz?junk=1&verbose", {}],
    ["/healthz", { accept: "application/json" }],
  ])("%s with %o answers every check as JSON", async (path, headers) => {
    const { status, type, body } = await ask(alive(), path, { headers });
    expect([status, type]).toEqual([200, "application/json"]);
    const report = livenessReportSchema.parse(JSON.parse(body));
    expect(report).toMatchObject({ alive: true });
    expect(report.checks[0]).toEqual({ name: "process", outcome: "running", ageMs: expect.any(Number) });
  });

  it("tells of every check once all are done", async () => {
    const checks = await waitFor(
      async () => {
        const { body } = await ask(alive(), "/healthz?verbose");
        const report = livenessReportSchema.parse(JSON.parse(body));
        return report.checks.length === 4 && report.checks;
      },
      { what: "all checks to be told" },
    );
    expect(checks.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["process", "running"],
      ["role", "primary"],
      ["api-server", "not-configured"],
      ["peers", "none-known"],
    ]);
  });

  it("answers 503 with the probe's own line as the reason", async () => {
    await using instance = await startAttached();
    await becomesReady(instance);
    instance.redis.process.kill("SIGKILL");
    await instance.redis.process.exited;
    await becomes(instance, "/healthz", 503);
    const { status, body } = await ask(instance, "/healthz?verbose");
    const report = livenessReportSchema.parse(JSON.parse(body));
    expect([status, report]).toEqual([
      503,
      {
        alive: false,
        reason: notRunning.body,
        checks: [expect.objectContaining({ name: "process", outcome: "not-running" })],
      },
    ]);
  });

  it.each(["*/*", "text/plain", "text/html,*/*;q=0.8"])("stays plain text for Accept: %s", async (accept) => {
    expect(await ask(alive(), "/healthz", { headers: { accept } })).toEqual(ok);
  });
});
