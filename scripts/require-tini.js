import { canInstallPackages, canRun, installPackages } from "./apt.js";

/** Installs tini where that is possible: the test that starts what the images hold is skipped without it. */
export function requireTini() {
  if (!canRun("tini", ["--version"]) && canInstallPackages()) installPackages(["tini"]);
}
