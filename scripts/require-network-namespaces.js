import { canInstallPackages, canRun, installPackages } from "./apt.js";

/** Makes sure that hosts of a suite's own can be made: Linux, as root, with `ip`. Elsewhere it is skipped, with the reason. */
export function requireNetworkNamespaces({ skip }) {
  if (process.platform !== "linux") skip("network namespaces exist on Linux alone.");
  if (process.getuid() !== 0) skip("network namespaces can only be made as root.");
  if (!canRun("ip", ["-Version"]) && canInstallPackages()) installPackages(["iproute2"]);
  if (!canRun("ip", ["-Version"])) skip("ip not found: on Debian apt-get install iproute2.");
  // A container's root may lack the right; a rule that drops needs policy routing in the kernel.
  const trial = `redis-manager-trial-${process.pid}`;
  const canBuild =
    canRun("ip", ["netns", "add", trial]) &&
    canRun("ip", ["-n", trial, "link", "add", "one", "type", "veth", "peer", "name", "other"]) &&
    canRun("ip", ["-n", trial, "rule", "add", "from", "192.0.2.1", "to", "192.0.2.2", "blackhole"]);
  canRun("ip", ["netns", "del", trial]);
  if (!canBuild) skip("this machine's root may make no network namespaces, veth pairs or routing rules.");
}
