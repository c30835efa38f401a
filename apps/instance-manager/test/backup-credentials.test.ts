import {
  startHttpServer,
  startObjectStore,
  startSigningObjectStore,
  startStoreProxy,
  type SigningObjectStore,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { failureOf, post } from "./answer.ts";
import {
  backupRequest,
  backupResultOf,
  bucket,
  startBackupInstance,
  writeCredentials,
} from "./backup-fixture.ts";
import { type Environment, share } from "./instance.ts";

/** An instance beside a store that knows one key pair and checks every signature. */
async function startSigned(env: Environment = {}) {
  const stack = new AsyncDisposableStack();
  const signing: SigningObjectStore = stack.use(await startSigningObjectStore({ buckets: [bucket] }));
  const instance = stack.use(await startBackupInstance({ env }));
  return {
    ...instance,
    pair: signing.credentials,
    // The name is the same each time.
    backUp: () => post(instance, "/v1/backup?force=true", backupRequest(signing)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A store that takes any credentials and keeps what it was sent. */
async function startRecordingStore() {
  const stack = new AsyncDisposableStack();
  const store = stack.use(await startObjectStore({ buckets: [bucket] }));
  const { endpoint, requests } = stack.use(await startStoreProxy({ targetPort: store.port }));
  return {
    endpoint,
    /** What stood in this place of each request; each value once. */
    sent: (header: string, pattern: RegExp) =>
      new Set(requests.map(({ headers }) => pattern.exec(String(headers[header]))?.[1])),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe("the credentials of a backup", () => {
  const signed = share(() => startSigned());

  it.each([
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    ["aws_access_key_id", "aws_secret_access_key"],
    ["accessKeyId", "secretAccessKey"],
    ["access_key_id", "secret_access_key"],
    ["AWS_ACCESS_KEY_ID", "secret_access_key"],
  ])("come from the files %s and %s, trimmed", async (idFile, secretFile) => {
    const instance = signed();
    const { accessKeyId, secretAccessKey } = instance.pair;
    await writeCredentials(instance.credentialsDir, {
      [idFile]: `  ${accessKeyId}\r\n`,
      [secretFile]: `\t${secretAccessKey}\n\n`,
    });
    expect(backupResultOf(await instance.backUp()).objectKey).toBe("nightly.rdb");
  });

  it("come from the first file that isn't empty", async () => {
    const instance = signed();
    const { accessKeyId, secretAccessKey } = instance.pair;
    await writeCredentials(instance.credentialsDir, {
      AWS_ACCESS_KEY_ID: " \n",
      aws_access_key_id: accessKeyId,
      accessKeyId: "not-this-one",
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      secretAccessKey: "not-this-one",
    });
    expect(backupResultOf(await instance.backUp()).objectKey).toBe("nightly.rdb");
  });

  it("are read anew for every backup", async () => {
    const instance = signed();
    const { accessKeyId, secretAccessKey } = instance.pair;
    const rotate = (secret: string) =>
      writeCredentials(instance.credentialsDir, { accessKeyId, secretAccessKey: secret });
    for (const [secret, status] of [
      [secretAccessKey, 200],
      ["not-this-one", 500],
      [secretAccessKey, 200],
    ] as const) {
      await rotate(secret);
      expect((await instance.backUp()).status).toBe(status);
    }
  });

  it.each(["AWS_SESSION_TOKEN", "aws_session_token", "sessionToken", "session_token"])(
    "include the token of the file %s",
    async (name) => {
      await using store = await startRecordingStore();
      const instance = signed();
      await writeCredentials(instance.credentialsDir, {
        accessKeyId: "temporary-id",
        secretAccessKey: "temporary-secret",
        [name]: "temporary-token\n",
      });
      backupResultOf(await post(instance, "/v1/backup", backupRequest(store)));
      expect(store.sent("authorization", /Credential=([^/]+)/)).toEqual(new Set(["temporary-id"]));
      expect(store.sent("x-amz-security-token", /(.+)/)).toEqual(new Set(["temporary-token"]));
    },
  );

  it("sign for us-east-1 unless the request names a region", async () => {
    await using store = await startRecordingStore();
    const instance = signed();
    await writeCredentials(instance.credentialsDir, { accessKeyId: "id", secretAccessKey: "secret" });
    const regions = () => store.sent("authorization", /\/([a-z]+-[a-z]+-\d)\//);
    backupResultOf(await post(instance, "/v1/backup", backupRequest(store)));
    expect(regions()).toEqual(new Set(["us-east-1"]));
    backupResultOf(await post(instance, "/v1/backup", backupRequest(store, { s3: { region: "eu-west-1" } })));
    expect(regions()).toEqual(new Set(["us-east-1", "eu-west-1"]));
  });
});

describe("credentials that don't do", () => {
  const unsigned = share(() => startBackupInstance({ env: { AWS_EC2_METADATA_DISABLED: "true" } }));

  it.each([
    ["an id without its secret", { accessKeyId: "id" }, "AWS_SECRET_ACCESS_KEY"],
    ["a secret without its id", { secretAccessKey: "secret" }, "AWS_ACCESS_KEY_ID"],
    ["a secret beside an empty id", { secretAccessKey: "secret", accessKeyId: "\n" }, "AWS_ACCESS_KEY_ID"],
    ["a token alone", { sessionToken: "token" }, "AWS_ACCESS_KEY_ID"],
  ])("are an error that names what is missing: %s", async (_, files, missing) => {
    const instance = unsigned();
    await writeCredentials(instance.credentialsDir, files);
    const failure = failureOf(await post(instance, "/v1/backup", backupRequest(instance.store)));
    expect(failure).toMatchObject({ status: 500, code: "BACKUP_CREDENTIALS_INVALID" });
    expect(failure.message).toContain(missing);
    expect(await instance.redis.client.info("persistence")).toMatch(/^rdb_saves:0\r$/m);
  });

  it("are an error where there are none, in files or elsewhere", async () => {
    const instance = unsigned();
    await writeCredentials(instance.credentialsDir, {});
    expect(failureOf(await post(instance, "/v1/backup", backupRequest(instance.store)))).toMatchObject({
      status: 500,
      code: "BACKUP_CREDENTIALS_INVALID",
    });
  });

  it("are no error where the SDK's default chain finds some", async () => {
    await using instance = await startSigned({
      AWS_ACCESS_KEY_ID: "S3RVER",
      AWS_SECRET_ACCESS_KEY: "S3RVER",
    });
    await writeCredentials(instance.credentialsDir, {});
    expect(backupResultOf(await instance.backUp()).objectKey).toBe("nightly.rdb");
  });
});

describe("a store that refuses the credentials", () => {
  it("gets nobody told what they are, though it repeats them", async () => {
    const secrets = ["the-key-id", "the-secret-key", "the-session-token"] as const;
    await using store = await startHttpServer((request, response) => {
      const told = `${secrets.join(" ")} ${request.headers.authorization}`;
      const body = `<Error><Code>InvalidToken</Code><Message>${told}${"x".repeat(10_000)}</Message></Error>`;
      request
        .resume()
        .on("end", () => response.writeHead(403, { "content-type": "application/xml" }).end(body));
    });
    await using instance = await startBackupInstance();
    const [accessKeyId, secretAccessKey, sessionToken] = secrets;
    await writeCredentials(instance.credentialsDir, { accessKeyId, secretAccessKey, sessionToken });
    const answer = await post(
      instance,
      "/v1/backup",
      backupRequest({ endpoint: `http://127.0.0.1:${store.port}` }),
    );
    const failure = failureOf(answer);
    expect(failure).toMatchObject({ status: 500, code: "UPLOAD_FAILED" });
    expect(failure.message).toContain("InvalidToken (HTTP 403)");
    expect(answer.body.length).toBeLessThan(4_096);
    await instance.stop();
    for (const secret of secrets) {
      expect(answer.body).not.toContain(secret);
      expect(instance.process.output()).not.toContain(secret);
    }
  });
});
