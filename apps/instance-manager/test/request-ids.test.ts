import { waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { backupRequest, type BackupInstance, startBackupInstance } from "./backup-fixture.ts";
import { share } from "./instance.ts";

const headers = { "x-request-id": "failover-7" };

async function send(instance: { readonly url: string }, path: string, init: RequestInit = {}) {
  const response = await fetch(`${instance.url}${path}`, { method: "POST", headers, ...init });
  return { status: response.status, id: response.headers.get("x-request-id"), body: await response.text() };
}

function linesOf(instance: BackupInstance, id: string) {
  return instance.log().filter(({ requestId }) => requestId === id);
}

describe("the id of a write", () => {
  // Where nothing can be written, so that the process that makes a backup has something to log.
  const instance = share(() => startBackupInstance({ env: { DATA_DIR: "/nowhere" } }));

  it.each([
    ["an invalid request", "/v1/demote", {}, 400],
    ["a path that isn't there", "/v1/nosuch", {}, 404],
    ["a method that isn't there", "/v1/status", {}, 405],
    ["a body that is too large", "/v1/backup", { body: "x".repeat(100_000) }, 413],
    ["a job that isn't there", "/v1/backups/nosuch", { method: "DELETE" }, 404],
  ])("is answered to %s, in the header and in the body", async (_, path, init, status) => {
    const answer = await send(instance(), path, init);
    expect(answer).toMatchObject({ status, id: "failover-7" });
    expect(JSON.parse(answer.body)).toMatchObject({ error: { requestId: "failover-7" } });
  });

  it("is answered to a success, whose body is as ever", async () => {
    expect(await send(instance(), "/v1/promote")).toEqual({
      status: 200,
      id: "failover-7",
      body: "promoted",
    });
  });

  it("is a new one where the caller sends none", async () => {
    const { id, body } = await send(instance(), "/v1/demote?primaryIP=nobody", { headers: {} });
    expect(JSON.parse(body)).toMatchObject({ error: { requestId: id } });
    expect(linesOf(instance(), String(id)).map(({ msg }) => msg)).toEqual(["request refused"]);
  });

  it("is in every line of a backup that goes on after the answer, and in none of the next", async () => {
    const init = (backupName: string, id: string, bucket = "backups") => ({
      headers: { "x-request-id": id, prefer: "respond-async" },
      body: JSON.stringify(backupRequest(instance().store, { backupName, s3: { bucket } })),
    });
    const isOver = (name: string) =>
      waitFor(
        () =>
          instance()
            .log()
            .some(
              ({ backupName, msg }) => backupName === name && /^backup (finished|failed)$/.test(String(msg)),
            ),
        { what: `the end of ${name}` },
      );
    expect(await send(instance(), "/v1/backup", init("one", "of-one"))).toMatchObject({
      status: 202,
      id: "of-one",
    });
    await isOver("one");
    expect(await send(instance(), "/v1/backup", init("two", "of-two", "nosuch"))).toMatchObject({
      status: 202,
    });
    await isOver("two");
    for (const [id, end] of [
      ["of-one", "backup finished"],
      ["of-two", "backup failed"],
    ] as const) {
      const told = linesOf(instance(), id).map(({ msg }) => String(msg));
      expect([told.at(0), told.at(-1)]).toEqual(["backup started", end]);
      expect(told).toContainEqual(expect.stringContaining("remembering the upload failed"));
    }
    const lines = instance()
      .log()
      .filter(({ msg }) => /backup|upload/.test(String(msg)));
    expect(lines.filter(({ requestId }) => requestId === undefined)).toEqual([]);
  });
});
