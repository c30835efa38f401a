import { generate } from "selfsigned";

/** A CA and a server certificate that it signed, all PEM. */
export interface ServerCertificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Makes a new CA, `<name>-ca`, and a certificate for `localhost`, 127.0.0.1, ::1 and further addresses and names. */
export async function createServerCertificate({
  ips = [],
  dnsNames = [],
  name = "testbed",
}: {
  readonly ips?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly name?: string;
} = {}): Promise<ServerCertificate> {
  const algorithm = { keyType: "ec", algorithm: "sha256" } as const;
  const authority = await generate([{ name: "commonName", value: `${name}-ca` }], {
    ...algorithm,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: "testbed-server" }], {
    ...algorithm,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false },
      {
        name: "subjectAltName",
        altNames: [
          ...["localhost", ...dnsNames].map((value) => ({ type: 2, value }) as const),
          ...["127.0.0.1", "::1", ...ips].map((ip) => ({ type: 7, ip }) as const),
        ],
      },
    ],
  });
  return { ca: authority.cert, cert: server.cert, key: server.private };
}
