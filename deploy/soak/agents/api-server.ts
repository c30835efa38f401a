// The stand-in for the Kubernetes API server.
import { chmod } from "node:fs/promises";
import { startKubernetesApi } from "@redis-operator/testbed";
import { apiServerCommand, apiServerOptions, type ApiServerPlace } from "./messages.ts";
import { readAgentOptions, serve } from "./serve.ts";

const { host, namespace } = apiServerOptions.parse(readAgentOptions());
const api = await startKubernetesApi({ host, namespace });
// Pods, which aren't root, read it.
await chmod(api.serviceAccountDir, 0o755);

serve(async (received) => {
  const { mode, clusters, pods } = apiServerCommand.parse(received);
  if (mode !== undefined) api.setMode(mode);
  if (clusters !== undefined) api.setRedisClusters(clusters);
  if (pods !== undefined) api.setPods(pods);
  return { port: api.port, serviceAccountDir: api.serviceAccountDir } satisfies ApiServerPlace;
});
