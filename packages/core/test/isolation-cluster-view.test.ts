import { describe, expect, it } from "vitest";
import { type ClusterViewOptions, createClusterView } from "../src/isolation/cluster-view.ts";
import type { ClusterState } from "../src/kubernetes/cluster-observer.ts";

const defaults = { enabled: true, apiServerTimeoutMs: 5_000, peerTimeoutMs: 5_000 };
const unset = { enabled: undefined, apiServerTimeoutMs: undefined, peerTimeoutMs: undefined };
const own = { podName: "cache-0", ipAddresses: ["10.0.0.1"], port: 8080 };

function setUp(options: Partial<ClusterViewOptions> = {}) {
  let state: ClusterState | undefined;
  const listeners: (() => void)[] = [];
  const view = createClusterView({
    observer: {
      current: () => state && { state, source: "api-server", ageMs: 0 },
      subscribe(added) {
        listeners.push(added);
        return () => undefined;
      },
    },
    staticPeers: [],
    peerPort: 8080,
    own,
    settings: { environment: {}, defaults },
    ...options,
  });
  return {
    view,
    observe: (part: Partial<ClusterState>) => {
      state = {
        primary: undefined,
        fencedPods: undefined,
        directives: {},
        isolation: unset,
        pods: [],
        ...part,
      };
      for (const listener of listeners) listener();
    },
  };
}

const pods = (...ips: readonly string[]) => ips.map((ip, index) => ({ name: `cache-${index + 1}`, ip }));
const peer = (host: string) => ({ host, port: 8080 });

describe("createClusterView", () => {
  it("holds what is configured where there is no Kubernetes, without its own manager", () => {
    const staticPeers = [
      peer("10.0.0.1"),
      { host: "10.0.0.1", port: 8081 },
      peer("cache-0.cache"),
      peer("cache-1.cache"),
      peer("cache-1.cache"),
    ];
    const { view } = setUp({ observer: undefined, staticPeers });
    expect(view.peers()).toEqual([{ host: "10.0.0.1", port: 8081 }, peer("cache-1.cache")]);
    expect(view.isolationSettings()).toEqual(defaults);
  });

  it("adds the data pods to the configured peers, each once, without its own pod", () => {
    const { view, observe } = setUp({ staticPeers: [peer("10.0.0.2")] });
    observe({ pods: [{ name: "cache-0", ip: "10.0.0.9" }, ...pods("10.0.0.2", "fd00::3")] });
    expect(view.peers()).toEqual([peer("10.0.0.2"), peer("fd00::3")]);
  });

  it("leaves out a pod at its own address when it doesn't know its name", () => {
    const { view, observe } = setUp({ own: { ...own, podName: undefined } });
    observe({ pods: [{ name: "cache-0", ip: "10.0.0.1" }, ...pods("10.0.0.2")] });
    expect(view.peers()).toEqual([peer("10.0.0.2")]);
  });

  it("follows pods that come and go, and fields that are set and removed", () => {
    const { view, observe } = setUp();
    observe({ pods: pods("10.0.0.2"), isolation: { ...unset, enabled: false } });
    expect([view.peers(), view.isolationSettings().enabled]).toEqual([[peer("10.0.0.2")], false]);
    observe({ pods: pods("10.0.0.3") });
    expect([view.peers(), view.isolationSettings()]).toEqual([[peer("10.0.0.3")], defaults]);
  });

  it("keeps the peers that it knew while the list names none but itself", () => {
    const { view, observe } = setUp();
    observe({ pods: pods("10.0.0.2") });
    observe({ pods: [{ name: "cache-0", ip: "10.0.0.1" }] });
    observe({ pods: [] });
    expect(view.peers()).toEqual([peer("10.0.0.2")]);
  });

  it("knows what the observer knew before any change", () => {
    const { observe } = setUp();
    const known = { current: 0 };
    const stored = {
      primary: undefined,
      fencedPods: [],
      directives: {},
      isolation: unset,
      pods: pods("10.0.0.2"),
    };
    const { view } = setUp({
      observer: {
        current: () => (known.current === 0 ? undefined : { state: stored, source: "disk", ageMs: 0 }),
        subscribe: () => () => undefined,
      },
    });
    observe({});
    expect(view.peers()).toEqual([]);
    known.current = 1;
    expect(view.peers()).toEqual([peer("10.0.0.2")]);
  });

  it("lets variables win over the RedisCluster's fields", () => {
    const { view, observe } = setUp({ settings: { environment: { enabled: true }, defaults } });
    observe({ isolation: { enabled: false, apiServerTimeoutMs: 1_000, peerTimeoutMs: 2_000 } });
    expect(view.isolationSettings()).toEqual({
      enabled: true,
      apiServerTimeoutMs: 1_000,
      peerTimeoutMs: 2_000,
    });
  });
});
