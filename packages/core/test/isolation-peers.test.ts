import { writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { join } from "node:path";
import {
  type BlackHoleBehaviour,
  createServerCertificate,
  createTemporaryDirectory,
  freePort,
  startBlackHole,
  startHttpServer,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createAskPeers } from "../src/isolation/ask-peers.ts";
import type { FailsafeView } from "../src/isolation/failsafe-view.ts";

const askPeers = createAskPeers({ tlsDir: undefined });

// Long for what must answer; what never answers is given shortTimeoutMs.
const timeoutMs = 10_000;
const shortTimeoutMs = 1_000;

const startPeer = (status: number, host = "127.0.0.1") =>
  startHttpServer((_request, response) => void response.writeHead(status).end(), { host });

describe("askPeers", () => {
  it.each([200, 404, 405, 500, 503])("takes a %i for proof of the path", async (status) => {
    await using peer = await startPeer(status);
    expect(await askPeers([peer], { timeoutMs })).toEqual({
      outcome: "reachable",
      peer: `127.0.0.1:${peer.port}`,
      status,
      objections: [],
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
        `127.0.0.1:${silent.port}: timed out after 1000 ms`,
        `127.0.0.1:${refusing.port}: connect ECONNREFUSED 127.0.0.1:${refusing.port}`,
        `127.0.0.1:${other.port}: timed out after 1000 ms`,
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

  it("asks for what a manager says from memory, on a socket of its own", async () => {
    const paths: (string | undefined)[] = [];
    await using peer = await startHttpServer((request, response) => {
      paths.push(request.url);
      response.end();
    });
    await askPeers([peer], { timeoutMs });
    await waitFor(() => peer.open() === 0, { what: "the socket to be closed" });
    expect(paths).toEqual(["/failsafe"]);
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

/** A peer whose view names a primary. */
const startKnowing = (podName: string) =>
  startHttpServer((_request, response) => void response.end(JSON.stringify({ primary: { podName } })));

const objecting = ({ primary }: FailsafeView) =>
  primary?.podName === "cache-2" ? "knows cache-2 as the primary" : undefined;

describe("what peers hold against this instance", () => {
  it("is told when all that answer hold something, those that don't answer notwithstanding", async () => {
    await using one = await startKnowing("cache-2");
    await using other = await startKnowing("cache-2");
    const dead = { host: "127.0.0.1", port: await freePort() };
    const answer = await askPeers([one, dead, other], { timeoutMs, findObjection: objecting });
    expect(answer).toEqual({
      outcome: "reachable",
      peer: `127.0.0.1:${one.port}`,
      status: 200,
      objections: [one, other].map(({ port }) => `127.0.0.1:${port} knows cache-2 as the primary`),
    });
  });

  it("counts for nothing as soon as one that answers holds nothing, which cancels the others", async () => {
    await using against = await startKnowing("cache-2");
    await using loyal = await startKnowing("cache-0");
    await using hole = await startBlackHole();
    const answer = await askPeers([against, hole, loyal], { timeoutMs, findObjection: objecting });
    expect(answer).toMatchObject({ peer: `127.0.0.1:${loyal.port}`, objections: [] });
  });

  it.each<[string, (send: (body: string, status?: number) => void) => void]>([
    ["another status", (send) => send(JSON.stringify({ primary: { podName: "cache-2" } }), 401)],
    ["no JSON", (send) => send("ok")],
    ["no view", (send) => send('{"primary":"cache-2"}')],
    ["far too much", (send) => send(`"${"x".repeat(1_000_000)}"`)],
  ])("is nothing in an answer with %s", async (_what, answerWith) => {
    await using peer = await startHttpServer((_request, response) =>
      answerWith((body, status = 200) => void response.writeHead(status).end(body)),
    );
    const answer = await askPeers([peer], { timeoutMs, findObjection: objecting });
    expect(answer).toMatchObject({ outcome: "reachable", objections: [] });
  });

  it("is nothing in an answer whose body doesn't end, and its head is proof", async () => {
    await using peer = await startHttpServer((_request, response) => void response.writeHead(200).write("{"));
    const answer = await askPeers([peer], { timeoutMs: shortTimeoutMs, findObjection: objecting });
    expect(answer).toMatchObject({ outcome: "reachable", status: 200, objections: [] });
  });
});

describe("peers that serve TLS", () => {
  it("are asked whoever signed their certificate, and shown our own", async () => {
    const [theirs, ours] = [await createServerCertificate(), await createServerCertificate()];
    await using folder = await createTemporaryDirectory("tls");
    const shown: boolean[] = [];
    const server = createServer(
      { ...theirs, requestCert: true, rejectUnauthorized: false },
      (_, response) => {
        response.end();
      },
    );
    server.on("secureConnection", (socket) => shown.push(socket.getPeerX509Certificate() !== undefined));
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const askOverTls = createAskPeers({ tlsDir: folder.path });
    const peer = { host: "127.0.0.1", port };
    expect(await askOverTls([peer], { timeoutMs })).toMatchObject({ outcome: "reachable" });
    await Promise.all([
      writeFile(join(folder.path, "tls.crt"), ours.cert),
      writeFile(join(folder.path, "tls.key"), ours.key),
    ]);
    expect(await askOverTls([peer], { timeoutMs })).toMatchObject({ outcome: "reachable" });
    expect(shown).toEqual([false, true]);
    await new Promise((resolve) => server.close(resolve));
  });
});
