import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";

const read = async (path: string): Promise<unknown> =>
  parse(await readFile(new URL(`../../${path}`, import.meta.url), "utf8"));

it("gives both managers one version, and has the chart and its example take the images of that one", async () => {
  const manager = z.object({ version: z.string() });
  const chart = z.object({ appVersion: z.string() });
  const example = z.object({ images: z.array(z.object({ newTag: z.string() })).length(2) });
  const versions = [
    manager.parse(await read("apps/instance-manager/package.json")).version,
    manager.parse(await read("apps/sentinel-manager/package.json")).version,
    chart.parse(await read("deploy/helm/redis-instances/Chart.yaml")).appVersion,
    ...example
      .parse(await read("deploy/kustomize/example/kustomization.yaml"))
      .images.map((image) => image.newTag),
  ];
  expect([...new Set(versions)]).toEqual(versions.slice(0, 1));
});
