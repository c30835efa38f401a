import { existsSync } from "node:fs";
import { canInstallPackages, canRun, installPackages } from "./apt.js";

const binaries = ["buildah", "podman", "runc", "mmdebstrap"];

/** What the bases are made of beside them, by the package that brings it. Ubuntu doesn't know the keys of Debian's archive by itself. */
const files = {
  tini: "/usr/bin/tini-static",
  "debian-archive-keyring": "/usr/share/keyrings/debian-archive-keyring.gpg",
};

/** Makes sure that images can be built and run: Linux, as root, with Debian's tools. Elsewhere it is skipped, with the reason. */
export function requireContainers({ skip }) {
  if (process.platform !== "linux") skip("containers exist on Linux alone.");
  if (process.getuid() !== 0) skip("the bases of the images can only be made as root.");
  // No more than is missing: Debian's runc and the one that Docker brings exclude each other.
  if (missingPackages().length > 0 && canInstallPackages()) installPackages(missingPackages());
  const missing = missingPackages();
  if (missing.length > 0) skip(`on Debian: apt-get install ${missing.join(" ")}.`);
}

/** Binaries come in packages of their names. */
function missingPackages() {
  return [
    ...binaries.filter((binary) => !canRun(binary, ["--version"])),
    ...Object.keys(files).filter((name) => !existsSync(files[name])),
  ];
}
