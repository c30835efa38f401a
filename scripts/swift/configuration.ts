/** The servers that keep what is stored. */
export const storageServers = ["account", "container", "object"] as const;
export type StorageServer = (typeof storageServers)[number];

/** The servers that clients speak to, over http and over https. */
export type ProxyServer = "proxy" | "tls-proxy";

/** Where a node lives and what it answers to. */
export interface SwiftNode {
  /** Rings and configuration files. */
  readonly swiftDir: string;
  /** Holds the one device's folder, and all that is stored. */
  readonly devicesDir: string;
  /** Who the servers run as: they try to become this user. */
  readonly user: string;
  readonly ports: Readonly<Record<StorageServer | ProxyServer | "cache", number>>;
  /** What the proxy that serves https shows. */
  readonly certificate: { readonly certFile: string; readonly keyFile: string };
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly region: string;
}

/** The folder of the node's only device, below `devicesDir`. */
export const deviceName = "d1";

/** Every configuration file of a node, by its name. */
export function renderConfiguration(node: SwiftNode): Readonly<Record<string, string>> {
  return {
    "swift.conf": render({
      "swift-hash": { swift_hash_path_suffix: "one-node" },
      "storage-policy:0": { name: "Policy-0", default: "yes" },
    }),
    "proxy.conf": render(proxySections(node, "proxy")),
    "tls-proxy.conf": render(proxySections(node, "tls-proxy")),
    ...Object.fromEntries(
      storageServers.map((server) => [`${server}.conf`, render(storageSections(node, server))]),
    ),
  };
}

type Sections = Readonly<Record<string, Readonly<Record<string, string | number>>>>;

function proxySections(node: SwiftNode, server: ProxyServer): Sections {
  const { accessKeyId, secretAccessKey } = node.credentials;
  const [account, user] = accessKeyId.split(":");
  const { certFile, keyFile } = node.certificate;
  return {
    DEFAULT: {
      ...serverDefaults(node, server),
      ...(server === "tls-proxy" && { cert_file: certFile, key_file: keyFile }),
    },
    "pipeline:main": {
      pipeline:
        "catch_errors gatekeeper healthcheck cache listing_formats s3api tempauth slo dlo proxy-server",
    },
    "app:proxy-server": { use: "egg:swift#proxy", account_autocreate: "true" },
    // tempauth looks into it before it looks at a signature, and answers 500 where there is none.
    "filter:cache": { use: "egg:swift#memcache", memcache_servers: `127.0.0.1:${node.ports.cache}` },
    "filter:s3api": { use: "egg:swift#s3api", location: node.region },
    "filter:tempauth": {
      use: "egg:swift#tempauth",
      [`user_${account}_${user}`]: `${secretAccessKey} .admin`,
    },
    ...filterSections(["catch_errors", "gatekeeper", "healthcheck", "listing_formats", "slo", "dlo"]),
  };
}

function storageSections(node: SwiftNode, server: StorageServer): Sections {
  return {
    DEFAULT: { ...serverDefaults(node, server), devices: node.devicesDir, mount_check: "false" },
    "pipeline:main": { pipeline: `healthcheck ${server}-server` },
    [`app:${server}-server`]: { use: `egg:swift#${server}` },
    ...filterSections(["healthcheck"]),
  };
}

function serverDefaults({ swiftDir, user, ports }: SwiftNode, server: StorageServer | ProxyServer) {
  return {
    bind_ip: "127.0.0.1",
    bind_port: ports[server],
    swift_dir: swiftDir,
    user,
    // The process that was started is the one that serves, so that stopping it stops all.
    workers: 0,
  };
}

function filterSections(names: readonly string[]): Sections {
  return Object.fromEntries(names.map((name) => [`filter:${name}`, { use: `egg:swift#${name}` }]));
}

function render(sections: Sections): string {
  return Object.entries(sections)
    .map(([name, settings]) => {
      const lines = Object.entries(settings).map(([setting, value]) => `${setting} = ${value}`);
      return `[${name}]\n${lines.join("\n")}\n`;
    })
    .join("\n");
}
