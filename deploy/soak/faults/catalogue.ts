import type { FaultKind, Inject } from "./fault.ts";
import { requireInstance } from "./fault.ts";
import { cutOff, switchOver } from "./acts.ts";

// A container that starts, loads and links again, with nobody to be chosen.
const restartBoundMs = 60_000;
// The sentinels' failover-timeout of 60 s may have to pass twice where an election is undecided.
const failoverBoundMs = 180_000;

const onReplica = { hits: "replica", boundMs: restartBoundMs, mayLose: false } as const;
const onPrimary = { hits: "primary", boundMs: failoverBoundMs, mayLose: true } as const;
const onNobody = { hits: "nobody", boundMs: restartBoundMs, mayLose: false, endsContainer: false } as const;
const ending = { endsContainer: true } as const;
const sparing = { endsContainer: false } as const;

const killRedis: Inject = async ({ topology }, victim) => {
  topology.signal(requireInstance(topology, victim), { program: "redis", signal: "SIGKILL" });
  return () => undefined;
};
const killManager: Inject = async ({ topology }, victim) => {
  if (victim !== undefined) topology.signal(victim, { program: "manager", signal: "SIGKILL" });
  return () => undefined;
};
const restartContainer: Inject = async (_, victim) => {
  await victim?.kubelet.restart();
  return () => undefined;
};
const remakePod: Inject = async ({ topology }, victim) => {
  await topology.remake(requireInstance(topology, victim));
  return () => undefined;
};
const emptyVolume: Inject = async ({ topology }, victim) => {
  await topology.emptyVolume(requireInstance(topology, victim));
  return () => undefined;
};
const freezeRedis: Inject = async ({ topology }, victim) => {
  const instance = requireInstance(topology, victim);
  topology.signal(instance, { program: "redis", signal: "SIGSTOP" });
  return () => topology.signal(instance, { program: "redis", signal: "SIGCONT" });
};

const fromAll = cutOff(["api", "app", "store", "peers", "sentinels"]);

/** Every fault that is drawn, by its name. */
export const catalogue: readonly (FaultKind & { readonly inject: Inject })[] = [
  { name: "redis-killed", ...onReplica, ...ending, inject: killRedis },
  { name: "redis-killed", ...onPrimary, ...ending, inject: killRedis },
  { name: "manager-killed", ...onReplica, ...ending, inject: killManager },
  { name: "manager-killed", ...onPrimary, ...ending, inject: killManager },
  { name: "container-restarted", ...onReplica, ...ending, inject: restartContainer },
  // In order: Redis hands over what it has before it ends.
  { name: "container-restarted", ...onPrimary, mayLose: false, ...ending, inject: restartContainer },
  { name: "pod-remade", ...onReplica, ...ending, inject: remakePod },
  { name: "pod-remade", ...onPrimary, ...ending, inject: remakePod },
  { name: "volume-emptied", ...onReplica, ...ending, inject: emptyVolume },
  { name: "redis-frozen", ...onPrimary, ...sparing, lastsSeconds: [2, 20], inject: freezeRedis },
  { name: "cut-from-all", ...onReplica, ...sparing, lastsSeconds: [5, 25], inject: fromAll },
  { name: "cut-from-all", ...onPrimary, ...sparing, lastsSeconds: [2, 22], inject: fromAll },
  // Long enough for the kubelet to restart what says that it is isolated.
  { name: "cut-from-all-for-long", ...onPrimary, ...ending, lastsSeconds: [45, 70], inject: fromAll },
  {
    name: "cut-from-api-server",
    ...onPrimary,
    mayLose: false,
    ...sparing,
    lastsSeconds: [10, 40],
    inject: cutOff(["api"]),
  },
  {
    name: "cut-from-peers-and-sentinels",
    ...onPrimary,
    ...sparing,
    lastsSeconds: [8, 30],
    inject: cutOff(["peers", "sentinels"]),
  },
  { name: "switchover", ...onPrimary, ...sparing, inject: switchOver },
  {
    name: "sentinel-killed",
    hits: "sentinel",
    boundMs: restartBoundMs,
    mayLose: false,
    ...ending,
    inject: killManager,
  },
  {
    name: "api-server-away",
    ...onNobody,
    lastsSeconds: [10, 40],
    async inject({ topology, random }) {
      await topology.setApiMode(random.pick(["stalled", "closes", 500] as const));
      return () => topology.setApiMode("ok");
    },
  },
  {
    name: "store-away",
    ...onNobody,
    boundMs: 120_000,
    lastsSeconds: [3, 15],
    async inject({ topology, random, backups }) {
      await topology.setStoreMode(random.pick(["away", "unavailable", "resetting"] as const));
      const backup = backups.run();
      return async () => {
        await topology.setStoreMode("ok");
        await backup;
      };
    },
  },
];
