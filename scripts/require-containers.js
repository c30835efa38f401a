import { canInstallPackages, canRun, installPackages } from "./apt.js";

const binaries = ["buildah", "podman", "runc", "mmdebstrap"];

/** Makes sure that images can be built and run: Linux, as root, with Debian's tools. Elsewhere it is skipped, with the reason. */
export function requireContainers({ skip }) {
  if (process.platform !== "linux") skip("containers exist on Linux alone.");
  if (process.getuid() !== 0) skip("the bases of the images can only be made as root.");
  if (missingBinaries().length > 0 && canInstallPackages()) installPackages([...binaries, "tini"]);
  const missing = missingBinaries();
  if (missing.length > 0) {
    skip(`${missing.join(", ")} not found: on Debian apt-get install ${binaries.join(" ")} tini.`);
  }
}

function missingBinaries() {
  return binaries.filter((binary) => !canRun(binary, ["--version"]));
}
