import { createConnection } from "node:net";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { type Cluster, startCluster } from "./cluster.ts";
import { cut } from "./cuts.ts";
import { useGround } from "./ground.ts";

const network = useGround();

describe("the network that the other scenarios rest on", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(network, { hasKubelets: false });
    return () => cluster[Symbol.asyncDispose]();
  });

  const answers = async (): Promise<boolean> =>
    cluster.instances[0].client.readyz({ timeoutMs: 1_000 }).then(
      ({ ok }) => ok,
      () => false,
    );

  it.each([["in"], ["out"]] as const)("loses what goes %s and lets it through again", async (direction) => {
    network.drop(cut("redis-0", ["operator"], [direction]));
    expect(await answers()).toBe(false);
    network.drop([]);
    expect(await answers()).toBe(true);
  });

  it("keeps paths apart", async () => {
    network.drop(cut("redis-0", ["api", "redis-1", "redis-2", "client"]));
    expect(await answers()).toBe(true);
    network.drop([]);
  });

  it("silences a connection that is open without closing it", async () => {
    const socket = createConnection(6379, network.host("redis-0").ip);
    await once(socket, "connect");
    network.drop(cut("redis-0", ["operator"]));
    socket.write("PING\r\n");
    const isSilent = await Promise.race([once(socket, "data").then(() => false), pause(500, true)]);
    network.drop([]);
    const [answer]: readonly unknown[] = await once(socket, "data");
    socket.destroy();
    expect({ isSilent, answer: String(answer) }).toEqual({ isSilent: true, answer: "+PONG\r\n" });
  });

  it("pulls a cable and plugs it in again", async () => {
    network.setLink("redis-0", "down");
    expect(await answers()).toBe(false);
    network.setLink("redis-0", "up");
    expect(await answers()).toBe(true);
  });
});
