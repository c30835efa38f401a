import {
  type BlackHoleBehaviour,
  freePort,
  startBlackHole,
  startHttpServer,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { askPeers } from "../src/isolation/ask-peers.ts";

// Long for what must answer; what never answers is given shortTimeoutMs.
const timeoutMs = 10_000;
const shortTimeoutMs = 100;

const startPeer = (status: number, host = "127.0.0.1") =>
  startHttpServer((_request, response) => void response.writeHead(status).end(), { host });

describe("askPeers", () => {
  it.each([200, 404, 405, 500, 503])("takes a %i for proof of the path", async (status) => {
    await using peer = await startPeer(status);
    expect(await askPeers([peer], { timeoutMs })).toEqual({
      outcome: "reachable",
      peer: `127.0.0.1:${peer.port}`,
      status,
    });
  });

  it("asks all at once, and cancels the others when the first has answered", async () => {
    await using peer = await startPeer(404);
    await using first = await startBlackHole();
    await using second = await startBlackHole();
    expect(await askPeers([first, peer, second], { timeoutMs })).toMatchObject({
      outcome: "reachable",
      peer: `127.0.0.1:${peer.port}`,
    });
    await waitFor(() => first.open() + second.open() === 0, { what: "the other questions to be cancelled" });
    expect([first.accepted(), second.accepted()]).toEqual([1, 1]);
  });

  it("names the reason of each when none answers", async () => {
    const refusing = { host: "127.0.0.1", port: await freePort() };
    await using silent = await startBlackHole();
    await using other = await startBlackHole();
    expect(await askPeers([silent, refusing, other], { timeoutMs: shortTimeoutMs })).toEqual({
      outcome: "unreachable",
      reasons: [
        `127.0.0.1:${silent.port}: timed out after 100 ms`,
        `127.0.0.1:${refusing.port}: connect ECONNREFUSED 127.0.0.1:${refusing.port}`,
        `127.0.0.1:${other.port}: timed out after 100 ms`,
      ],
    });
  });

  it.each<BlackHoleBehaviour>(["close", "reset", "half-close", "garbage"])(
    "takes a listener that does %s for no answer",
    async (behaviour) => {
      await using hole = await startBlackHole({ behaviour });
      expect(await askPeers([hole], { timeoutMs })).toMatchObject({ outcome: "unreachable" });
    },
  );

  it("asks on IPv6", async () => {
    await using peer = await startPeer(404, "::1");
    expect(await askPeers([peer], { timeoutMs })).toMatchObject({
      outcome: "reachable",
      peer: `[::1]:${peer.port}`,
    });
  });

  it("names a host that doesn't resolve", async () => {
    expect(await askPeers([{ host: "nowhere.invalid", port: 8080 }], { timeoutMs })).toEqual({
      outcome: "unreachable",
      reasons: [expect.stringMatching(/^nowhere\.invalid:8080: getaddrinfo \w+ nowhere\.invalid$/)],
    });
  });

  it("asks for a path that no manager knows, on a socket of its own", async () => {
    const paths: (string | undefined)[] = [];
    await using peer = await startHttpServer((request, response) => {
      paths.push(request.url);
      response.end();
    });
    await askPeers([peer], { timeoutMs });
    await waitFor(() => peer.open() === 0, { what: "the socket to be closed" });
    expect(paths).toEqual(["/"]);
  });

  it("says that it was cancelled", async () => {
    await using hole = await startBlackHole();
    const cancelling = new AbortController();
    const asking = askPeers([hole], { timeoutMs, signal: cancelling.signal });
    await waitFor(() => hole.open() === 1, { what: "the question to arrive" });
    cancelling.abort();
    expect(await asking).toEqual({ outcome: "cancelled" });
  });
});
