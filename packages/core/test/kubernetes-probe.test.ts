import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type BlackHoleBehaviour,
  createTemporaryDirectory,
  freePort,
  type KubernetesApiMode,
  startBlackHole,
  startKubernetesApi,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { probeApiServer } from "../src/kubernetes/probe.ts";

// Long for what must answer; what never answers is given shortTimeoutMs.
const timeoutMs = 10_000;
const shortTimeoutMs = 100;

describe("probeApiServer", () => {
  it.each<[KubernetesApiMode, number]>([
    ["ok", 200],
    [401, 401],
    [403, 403],
    [429, 429],
    [500, 500],
    ["slow-body", 200],
    ["endless-body", 200],
    ["no-json", 200],
  ])("takes the answer in mode %s for proof", async (mode, status) => {
    await using server = await startKubernetesApi();
    server.setMode(mode);
    expect(await probeApiServer(server, { timeoutMs })).toEqual({ outcome: "reachable", status });
  });

  it.each<[KubernetesApiMode, RegExp]>([
    ["stalled", /^timed out after 100 ms$/],
    ["slow-head", /^timed out after 100 ms$/],
  ])("takes no answer in mode %s for unreachable", async (mode, reason) => {
    await using server = await startKubernetesApi();
    server.setMode(mode);
    expect(await probeApiServer(server, { timeoutMs: shortTimeoutMs })).toEqual({
      outcome: "unreachable",
      reason: expect.stringMatching(reason),
    });
  });

  it.each<[KubernetesApiMode, RegExp]>([
    ["closes", /disconnected|ECONNRESET|hang up/],
    ["plain-http", /wrong version|packet length/i],
  ])("takes a broken connection in mode %s for unreachable", async (mode, reason) => {
    await using server = await startKubernetesApi();
    server.setMode(mode);
    expect(await probeApiServer(server, { timeoutMs })).toEqual({
      outcome: "unreachable",
      reason: expect.stringMatching(reason),
    });
  });

  it.each<[BlackHoleBehaviour, number, RegExp]>([
    ["silent", shortTimeoutMs, /^timed out after 100 ms$/],
    ["close", timeoutMs, /disconnected|ECONNRESET/],
    ["reset", timeoutMs, /ECONNRESET/],
    ["half-close", timeoutMs, /disconnected|ECONNRESET/],
    ["garbage", timeoutMs, /wrong version|packet length/i],
  ])("takes a listener that is %s for unreachable", async (behaviour, deadlineMs, reason) => {
    await using server = await startKubernetesApi();
    await using hole = await startBlackHole({ behaviour });
    const { host, port } = hole;
    const probed = await probeApiServer({ host, port, caFile: server.caFile }, { timeoutMs: deadlineMs });
    expect(probed).toEqual({ outcome: "unreachable", reason: expect.stringMatching(reason) });
    await waitFor(() => hole.open() === 0, { what: "the probe's socket to be closed" });
  });

  it("names the reason when nothing listens", async () => {
    await using server = await startKubernetesApi();
    const port = await freePort();
    expect(await probeApiServer({ ...server, port }, { timeoutMs })).toEqual({
      outcome: "unreachable",
      reason: `connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });

  it("takes a certificate of another CA for unreachable", async () => {
    await using server = await startKubernetesApi();
    await using other = await startKubernetesApi();
    expect(await probeApiServer({ ...server, caFile: other.caFile }, { timeoutMs })).toEqual({
      outcome: "unreachable",
      reason: expect.stringMatching(/certificate/),
    });
  });

  it.each([
    ["is missing", undefined],
    ["is empty", ""],
    ["holds no certificate", "not a certificate"],
  ])("asks without verification when ca.crt %s", async (_what, content) => {
    await using server = await startKubernetesApi();
    await using folder = await createTemporaryDirectory("ca");
    const caFile = join(folder.path, "ca.crt");
    if (content !== undefined) await writeFile(caFile, content);
    expect(await probeApiServer({ ...server, caFile }, { timeoutMs })).toMatchObject({
      outcome: "reachable",
    });
  });

  it("reaches an API server on IPv6", async () => {
    await using server = await startKubernetesApi({ host: "::1" });
    expect(await probeApiServer(server, { timeoutMs })).toEqual({ outcome: "reachable", status: 200 });
  });

  it("sends no token, and opens a socket of its own each time", async () => {
    await using server = await startKubernetesApi();
    await probeApiServer(server, { timeoutMs });
    await waitFor(() => server.open() === 0, { what: "the probe's socket to be closed" });
    await probeApiServer(server, { timeoutMs });
    const livez = { method: "GET", url: "/livez", authorization: undefined };
    expect(server.requests).toEqual([livez, livez]);
  });

  it("says that it was cancelled, before and during the question", async () => {
    await using hole = await startBlackHole();
    const { host, port } = hole;
    const cancelling = new AbortController();
    const address = { host, port, caFile: "/nonexistent" };
    const probing = probeApiServer(address, { timeoutMs, signal: cancelling.signal });
    await waitFor(() => hole.open() === 1, { what: "the probe to connect" });
    cancelling.abort();
    expect(await probing).toEqual({ outcome: "cancelled" });
    await waitFor(() => hole.open() === 0, { what: "the probe's socket to be closed" });
    expect(await probeApiServer(address, { timeoutMs, signal: cancelling.signal })).toEqual({
      outcome: "cancelled",
    });
    expect(hole.accepted()).toBe(1);
  });
});
