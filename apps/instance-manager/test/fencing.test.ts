import {
  createTemporaryDirectory,
  type KubernetesApiServer,
  startKubernetesApi,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, becomes, becomesReady, failureOf, plainText, post } from "./answer.ts";
import { isRunning } from "./ended-manager.ts";
import { clusterName, inKubernetes, startSupervised } from "./instance.ts";

const [self, other] = [`${clusterName}-0`, `${clusterName}-1`];

/** Sets the annotation as it stands, and who is the primary. */
function annotate(
  api: KubernetesApiServer,
  { fenced, currentPrimary = self }: { readonly fenced?: string; readonly currentPrimary?: string },
): void {
  const annotations = fenced === undefined ? {} : { "redis.io/fencedInstances": fenced };
  api.setRedisClusters({ [clusterName]: { metadata: { annotations }, status: { currentPrimary } } });
}

const fencedReadyz = plainText(503, "redis not ready: fenced by redis.io/fencedInstances");

async function isFenced(manager: { readonly url: string }): Promise<void> {
  await waitFor(async () => (await ask(manager, "/readyz")).body === fencedReadyz.body, {
    what: "the fence",
  });
}

describe("an instance that redis.io/fencedInstances names", () => {
  it.each([`["${self}"]`, `["${other}", "${self}"]`, '["*"]'])(
    "has no Redis, is alive and not ready, and says why: %s",
    async (fenced) => {
      await using api = await startKubernetesApi();
      annotate(api, {});
      await using instance = await startSupervised(inKubernetes(api));
      await becomesReady(instance);
      const status = await ask(instance, "/v1/status");
      expect(JSON.parse(status.body)).toMatchObject({ role: "master", fenced: false });
      await instance.send("SET", "key", "value");

      annotate(api, { fenced });
      await waitFor(() => !isRunning(instance.redisPid()), { what: "Redis to end" });
      expect(await ask(instance, "/healthz")).toEqual(plainText(200, "ok"));
      expect(await ask(instance, "/readyz")).toEqual(fencedReadyz);
      expect(failureOf(await ask(instance, "/v1/status"))).toMatchObject({
        status: 503,
        code: "INSTANCE_FENCED",
      });
      const metrics = (await ask(instance, "/metrics")).body;
      expect(metrics).toMatch(/^redis_fenced\{.*\} 1$/m);
      expect(metrics).toMatch(/^redis_up\{.*\} 0$/m);
      for (const refused of [
        post(instance, "/v1/promote"),
        post(instance, "/v1/promote?force=true"),
        post(instance, "/v1/demote?primaryIP=198.51.100.2"),
        post(instance, "/v1/backup", { backupName: "nightly", destination: { s3: { bucket: "backups" } } }),
      ]) {
        expect([409, 412]).toContain(failureOf(await refused).status);
      }

      annotate(api, { fenced: `["${other}"]` });
      await becomesReady(instance);
      expect(await instance.send("GET", "key")).toBe("value");
      expect(JSON.parse((await ask(instance, "/v1/status")).body)).toMatchObject({
        role: "master",
        fenced: false,
      });
      expect((await ask(instance, "/metrics")).body).toMatch(/^redis_fenced\{.*\} 0$/m);
    },
  );

  it("stays so over a restart, without the API server too, and comes back in the role that holds by then", async () => {
    await using folder = await createTemporaryDirectory("data");
    await using api = await startKubernetesApi();
    const env = { ...inKubernetes(api), DATA_DIR: folder.path };
    annotate(api, { fenced: `["${self}"]` });
    {
      await using instance = await startSupervised(env);
      await isFenced(instance);
    }
    api.setMode("stalled");
    await using instance = await startSupervised(env);
    await isFenced(instance);
    expect(await ask(instance, "/healthz")).toEqual(plainText(200, "ok"));
    expect(instance.process.output()).not.toContain("redis-server started");

    api.setPods([{ name: other, cluster: clusterName, ip: "198.51.100.2" }]);
    annotate(api, { currentPrimary: other });
    api.setMode("ok");
    await waitFor(
      async () => {
        const { body } = await ask(instance, "/v1/status");
        return body.includes('"role":"slave"') && body.includes('"host":"198.51.100.2"');
      },
      { what: "the role of a replica of the new primary" },
    );
  });

  it.each(["not JSON", `{"${self}":true}`, "[1]"])(
    "stays so while the annotation can't be understood, which is logged once: %s",
    async (invalid) => {
      await using api = await startKubernetesApi();
      annotate(api, { fenced: `["${self}"]` });
      await using instance = await startSupervised(inKubernetes(api));
      await isFenced(instance);
      annotate(api, { fenced: invalid });
      const warnings = () =>
        instance.log().filter(({ level, msg }) => level === "warn" && String(msg).includes("doesn't fit"));
      await waitFor(() => warnings().length > 0, { what: "the warning" });
      expect(await ask(instance, "/readyz")).toEqual(fencedReadyz);
      annotate(api, {});
      await becomes(instance, "/readyz", 200);
      expect(warnings()).toHaveLength(1);
    },
  );
});
