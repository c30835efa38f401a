import {
  startKubernetesApi,
  startManager,
  createTemporaryDirectory,
  freePort,
  waitFor,
} from "@redis-operator/testbed";
import { expect, it } from "vitest";
import * as z from "zod";
import { readRendering, renderings } from "./chart.ts";

const role = z.object({
  rules: z.array(
    z.object({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      resourceNames: z.array(z.string()).optional(),
      verbs: z.array(z.string()),
    }),
  ),
});

const cluster = "redis";

/** What a request asks of an authorizer: `verb group/resource/name`, the name empty for a whole collection. */
function attributesOf(url: string): string {
  const { pathname, searchParams } = new URL(url, "https://kubernetes");
  const [, group = "", resource, ofPath] =
    /^\/(?:api\/v1|apis\/([^/]+)\/v1)\/namespaces\/default\/([^/]+)(?:\/([^/]+))?$/.exec(pathname) ?? [];
  const ofSelector = searchParams.get("fieldSelector")?.replace(/^metadata\.name=/, "");
  const verb = ofPath !== undefined ? "get" : searchParams.has("watch") ? "watch" : "list";
  return `${verb} ${group}/${resource}/${ofPath ?? ofSelector ?? ""}`;
}

it("the role grants what a manager asks of the API server, and nothing else", async () => {
  const rules = readRendering(renderings[0])
    .filter(({ kind }) => kind === "Role")
    .flatMap((manifest) => role.parse(manifest).rules);
  const granted = rules.flatMap(({ apiGroups, resources, resourceNames = [""], verbs }) =>
    verbs.flatMap((verb) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => resourceNames.map((name) => `${verb} ${group}/${resource}/${name}`)),
      ),
    ),
  );

  await using folder = await createTemporaryDirectory("rbac");
  await using api = await startKubernetesApi();
  api.setRedisClusters({ [cluster]: { status: { currentPrimary: "redis-0" } } });
  api.setPods([{ name: "redis-0", cluster, ip: "127.0.0.1" }]);
  await using manager = await startManager({
    app: "instance-manager",
    env: {
      CLUSTER_NAME: cluster,
      POD_NAME: "redis-0",
      POD_NAMESPACE: api.namespace,
      POD_IP: "127.0.0.1",
      REDIS_PORT: String(await freePort()),
      DATA_DIR: folder.path,
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(api.port),
      SERVICE_ACCOUNT_DIR: api.serviceAccountDir,
    },
  });
  await waitFor(() => api.watches.watches() === 2, { what: "both to be watched" });
  await waitFor(async () => (await fetch(`${manager.url}/readyz`)).ok, { what: "the primary to be ready" });
  const asked = api.requests.filter(({ url }) => url !== "/livez").map(({ url }) => attributesOf(url));
  expect([...new Set(asked)].toSorted()).toEqual(granted.toSorted());
});
