// The stand-in for the Kubernetes API server, as a process of its own so that it can be stopped.
import { startKubernetesApi } from "@redis-operator/testbed";
import { apiServerCommandSchema, apiServerOptionsSchema } from "./messages.ts";
import { createReport, readOptions } from "./report.ts";

const report = createReport();
const api = await startKubernetesApi(apiServerOptionsSchema.parse(readOptions()));
tell();

process.on("message", (message) => {
  const { mode, clusters, pods } = apiServerCommandSchema.parse(message);
  if (mode !== undefined) api.setMode(mode);
  if (clusters !== undefined) api.setRedisClusters(clusters);
  if (pods !== undefined) api.setPods(pods);
  tell();
});

function tell(): void {
  const { port, serviceAccountDir } = api;
  const checks = api.requests.filter(({ url }) => url === "/livez").length;
  report.add({ port, serviceAccountDir, checks });
  report.flush();
}
