import { tmpdir } from "node:os";
import { canInstallPackages, canRun, installPackages } from "./apt.js";

const packages = ["swift-proxy", "swift-account", "swift-container", "swift-object", "memcached"];
const binaries = [
  "swift-ring-builder",
  "swift-proxy-server",
  "swift-account-server",
  "swift-container-server",
  "swift-object-server",
  "memcached",
];

/** Makes sure that OpenStack Swift can be run: through apt where that is possible. Elsewhere it is skipped, with the reason. */
export function requireSwift({ skip }) {
  if (missingBinaries().length > 0 && canInstallPackages()) installPackages(packages);
  const missing = missingBinaries();
  if (missing.length > 0) {
    skip(
      `${missing.join(", ")} not found: on Debian run this as root, or apt-get install ${packages.join(" ")}.`,
    );
  }
  if (!keepsExtendedAttributes()) {
    skip(
      `files in ${tmpdir()} take no user extended attributes, in which Swift keeps what it knows of an object: set TMPDIR to a folder whose files do.`,
    );
  }
}

function missingBinaries() {
  return binaries.filter((binary) => !canRun("sh", ["-c", `command -v ${binary}`]));
}

/** Python is there wherever Swift is, and knows extended attributes where Node doesn't. */
function keepsExtendedAttributes() {
  const script = `
import os, sys, tempfile
with tempfile.NamedTemporaryFile(dir=sys.argv[1]) as file:
    os.setxattr(file.name, "user.swift.metadata", bytes(1024))
`;
  return canRun("python3", ["-c", script, tmpdir()]);
}
