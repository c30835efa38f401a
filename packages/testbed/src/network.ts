import { execFileSync } from "node:child_process";

/** What a {@link Network} consists of. */
export interface NetworkOptions {
  /** Prefix of its namespaces; see `network-run.ts`. */
  readonly run: string;
  /** Names of its hosts, at most 15 characters each; every host has an address of its own. */
  readonly hosts: readonly string[];
}

/** A machine of a network: a network namespace with one interface and one address. */
export interface NetworkHost {
  readonly name: string;
  readonly ip: string;
  /** The command line that runs a command on this host, as a process whose id is the command's. */
  command(command: string, args: readonly string[]): { readonly command: string; readonly args: string[] };
  /** Processes that run on this host now. */
  processIds(): readonly number[];
}

/** One direction between two hosts. */
export interface NetworkPath {
  readonly from: string;
  readonly to: string;
}

/** Hosts that reach each other through a router, which can be told to lose packets. Linux, as root. */
export interface Network {
  readonly hosts: readonly NetworkHost[];
  host(name: string): NetworkHost;
  /** Makes the namespaces. @throws Error with what `ip` complained of. */
  build(): void;
  /** Loses every packet on these paths, on open connections too, without a word to either side; all others are open. */
  drop(paths: readonly NetworkPath[]): void;
  /** Pulls or plugs a host's cable: it notices, as nothing answers its ARP. */
  setLink(host: string, state: "up" | "down"): void;
  /** Kills what runs on the hosts and removes them. Safe to repeat. */
  remove(): void;
}

// A rule is looked up for every packet that is forwarded, so that open connections are cut as well.
const firstRulePriority = 1000;

/** Describes a network; several processes that name the same run mean the same one. */
export function describeNetwork({ run, hosts: names }: NetworkOptions): Network {
  const router = `${run}.router`;
  const hosts = names.map((name, index) => createHost(`${run}.${name}`, { name, ip: `10.231.${index}.2` }));
  let ruleCount = 0;

  function host(name: string): NetworkHost {
    const found = hosts.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`the network has no host ${name}`);
    return found;
  }

  function build(): void {
    runIp([], [`netns add ${router}`]);
    runIp(["-n", router], ["link set lo up"]);
    execFileSync("ip", ["netns", "exec", router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
    for (const { name, ip } of hosts) {
      const namespace = `${run}.${name}`;
      const gateway = ip.replace(/\d+$/, "1");
      runIp(
        [],
        [
          `netns add ${namespace}`,
          `link add eth0 netns ${namespace} type veth peer name ${name} netns ${router}`,
        ],
      );
      runIp(["-n", router], [`addr add ${gateway}/24 dev ${name}`, `link set ${name} up`]);
      runIp(
        ["-n", namespace],
        [
          "link set lo up",
          `addr add ${ip}/24 dev eth0`,
          "link set eth0 up",
          `route add default via ${gateway}`,
        ],
      );
    }
  }

  return {
    hosts,
    host,
    build,
    drop(paths) {
      const old = Array.from(
        { length: ruleCount },
        (_, index) => `rule del pref ${firstRulePriority + index}`,
      );
      const rules = paths.map(
        ({ from, to }, index) =>
          `rule add pref ${firstRulePriority + index} from ${host(from).ip} to ${host(to).ip} blackhole`,
      );
      ruleCount = rules.length;
      if (old.length + rules.length > 0) runIp(["-n", router], [...old, ...rules]);
    },
    setLink: (name, state) => runIp(["-n", router], [`link set ${host(name).name} ${state}`]),
    remove: () => removeNamespaces([...hosts.map(({ name }) => `${run}.${name}`), router]),
  };
}

/** Kills what runs in network namespaces and removes them; one that doesn't exist is no error. */
export function removeNamespaces(namespaces: readonly string[]): void {
  const existing = new Set(listNamespaces());
  for (const namespace of namespaces.filter((name) => existing.has(name))) {
    for (const pid of readProcessIds(namespace)) killQuietly(pid);
    runIp([], [`netns del ${namespace}`]);
  }
}

/** The names of all network namespaces of this machine that have one. */
export function listNamespaces(): readonly string[] {
  const lines = execFileSync("ip", ["netns", "list"], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => line.split(" ", 1)).filter((name) => name !== "");
}

function createHost(namespace: string, { name, ip }: { readonly name: string; readonly ip: string }) {
  return {
    name,
    ip,
    command: (command: string, args: readonly string[]) => ({
      command: "ip",
      args: ["netns", "exec", namespace, command, ...args],
    }),
    processIds: () => readProcessIds(namespace),
  };
}

function readProcessIds(namespace: string): readonly number[] {
  const output = execFileSync("ip", ["netns", "pids", namespace], { encoding: "utf8" });
  return output.split("\n").flatMap((line) => (line === "" ? [] : [Number(line)]));
}

function runIp(options: readonly string[], commands: readonly string[]): void {
  execFileSync("ip", [...options, "-batch", "-"], {
    input: `${commands.join("\n")}\n`,
    stdio: ["pipe", "ignore", "pipe"],
  });
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Ended by itself since it was listed.
  }
}
