import { bundleApp } from "@redis-operator/bundle";

await bundleApp({ entryPoints: ["src/main.ts"] });
