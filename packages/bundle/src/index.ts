export { writePackages } from "./write-packages.ts";
