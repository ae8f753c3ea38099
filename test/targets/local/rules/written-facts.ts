import { FactsDraft, type Facts } from "../../../../src/core/fact.ts";
import type { BackendData, FilesApplied } from "../../../../src/targets/local/facts/fact-values.ts";
import type { FindingClass } from "../../../../src/targets/local/facts/finding-classes.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import { allRead } from "../../../../src/targets/local/health/data-health.ts";
import { recorded } from "../../../plan/recorded-facts.ts";

type Asked = Extract<BackendData, { status: "asked" }>;

/** The recorded healthy deployment as it is looked at today. */
export function wellFacts(): FactsDraft {
  return new FactsDraft(recorded("healthy").facts)
    .set(local.backendData(), allRead)
    .set(local.restartedLately(), []);
}

export function withData(data: Partial<Asked>): FactsDraft {
  return wellFacts().set(local.backendData(), { ...allRead, ...data });
}

export const sameFiles: FilesApplied = { secret: "same", databaseUrl: "same" };

/** A database that loops, its last words as MySQL 9.7.4 was recorded to write them. */
export function loopingDatabase(...lines: readonly string[]): FactsDraft {
  const draft = wellFacts()
    .set(local.containerState("mysql"), "restarting")
    .set(local.containerRestarts("mysql"), 7)
    .set(local.containerExitCode("mysql"), 1);
  lines.forEach((line, index) => draft.set(local.logLine("mysql", index + 1), line));
  return draft;
}

const at = "2026-11-30T16:36:54.575252Z 1 [ERROR]";

/** Last words of databases that do not come up, by what is wrong with them. */
export const lastWords: Readonly<Record<string, readonly [FindingClass, readonly string[]]>> = {
  "ibdata1 cut short": [
    "db_corrupted",
    [
      `${at} [MY-012263] [InnoDB] The Auto-extending innodb_system data file './ibdata1' is of a different size 64 pages (rounded down to MB) than specified in the .cnf file: initial 768 pages, max 0 (relevant if non-zero) pages!`,
      `${at} [MY-012930] [InnoDB] Plugin initialization aborted with error Generic error.`,
      `${at} [MY-010334] [Server] Failed to initialize DD Storage Engine`,
      `${at} [MY-010020] [Server] Data Dictionary initialization failed.`,
      `${at} [MY-010119] [Server] Aborting`,
    ],
  ],
  "half initialized": [
    "db_corrupted",
    [
      `${at} [MY-010457] [Server] --initialize specified but the data directory has files in it. Aborting.`,
      `${at} [MY-013236] [Server] The designated data directory /var/lib/mysql/ is unusable. You can remove all files that the server added to it.`,
    ],
  ],
  "data of the wrong owner": [
    "volume_mount_denied",
    [
      "mysqld: File './binlog.index' not found (OS errno 13 - Permission denied)",
      `${at} [MY-010119] [Server] Aborting`,
    ],
  ],
  "a full disk": [
    "disk_full",
    [
      `${at} [MY-012639] [InnoDB] Write to file ./ibdata1 failed at offset 0, 1048576 bytes should have been written, only 0 were written. Operating system error number 28. Check that your OS and file system support files of this size. Check also that the disk is not full or a disk quota exceeded.`,
      `${at} [MY-013236] [Server] The designated data directory /var/lib/mysql/ is unusable. You can remove all files that the server added to it.`,
    ],
  ],
  "files of a newer version": [
    "db_data_dir_incompatible",
    [
      `${at} [MY-014061] [InnoDB] Invalid MySQL server downgrade: Cannot downgrade from 80400 to 80300. Downgrade is only permitted between patch releases.`,
    ],
  ],
  "an option that is gone": [
    "db_option_unknown",
    [`${at} [MY-000067] [Server] unknown variable 'default-authentication-plugin=mysql_native_password'.`],
  ],
  "two servers on one volume": [
    "other_instance",
    [`${at} [MY-012574] [InnoDB] Unable to lock ./ibdata1 error: 11`],
  ],
  "no word that is known": ["service_unhealthy", ["something else"]],
};

/** Facts that nobody has recorded yet, with the class that they lead to. */
export const writtenFacts: readonly { readonly name: FindingClass; readonly facts: Facts }[] = [
  ...Object.values(lastWords).map(([name, lines]) => ({ name, facts: loopingDatabase(...lines).facts() })),
  {
    name: "endpoint_invalid",
    facts: wellFacts()
      .set(local.containerState("grafana"), "created")
      .set(
        local.containerError("grafana"),
        "listen tcp4 10.9.9.9:3002: bind: cannot assign requested address",
      )
      .set(local.serviceModel("grafana"), {
        ports: [{ published: 3002, target: 3000, protocol: "tcp", hostIp: "10.9.9.9" }],
        dependsOn: [],
        volumes: [],
      })
      .facts(),
  },
  {
    name: "other_instance",
    facts: ["mysql", "devlake", "grafana", "config-ui"]
      .reduce((draft, service) => draft.set(local.containerState(service), "absent"), wellFacts())
      .set(local.portHolder(8080), {
        kind: "container",
        name: "metrics-devlake-1",
        project: "metrics",
        directory: "/srv/metrics",
        image: "devlake.docker.scarf.sh/apache/devlake:v1.0.2",
      })
      .facts(),
  },
  {
    name: "port_privileged",
    facts: wellFacts()
      .set(local.containerState("grafana"), "created")
      .set(
        local.containerError("grafana"),
        "driver failed programming external connectivity: cannot expose privileged port 80, you can add 'net.ipv4.ip_unprivileged_port_start=80' to /etc/sysctl.conf",
      )
      .facts(),
  },
  {
    name: "script_line_endings",
    facts: wellFacts()
      .set(local.containerState("config-ui"), "exited")
      .set(local.containerExitCode("config-ui"), 127)
      .set(local.logLine("config-ui", 1), "env: 'bash\\r': No such file or directory")
      .facts(),
  },
  {
    name: "config_ui_upstream_unreachable",
    facts: wellFacts()
      .set(local.configUiHealth(), "backend_unreachable")
      .set(
        local.logLine("config-ui", 3),
        '[error] 22#22: *1 invalid port in upstream "http://lake:8080/ready", client: 10.0.0.1',
      )
      .facts(),
  },
  { name: "encryption_secret_mismatch", facts: withData({ connections: { github: "secret" } }).facts() },
  { name: "db_connection_refused", facts: withData({ health: "database" }).facts() },
  { name: "unknown", facts: withData({ connections: { github: "nothing" } }).facts() },
  {
    name: "oom_killed",
    facts: wellFacts().set(local.containerOomKilled("grafana"), true).facts(),
  },
  {
    name: "oom_killed",
    facts: wellFacts().set(local.containerOomKilled("mysql"), true).facts(),
  },
  {
    name: "files_not_applied",
    facts: wellFacts()
      .set(local.filesApplied(), { ...sameFiles, secret: "differs" })
      .facts(),
  },
  {
    name: "image_not_found",
    facts: wellFacts()
      .set(local.containerState("mysql"), "absent")
      .set(local.serviceImage("mysql"), { wanted: "mysql:8", present: false, isDigest: false })
      .facts(),
  },
];

/** What is worth knowing of a deployment that is well. */
export const worthKnowing: readonly Facts[] = [
  wellFacts().set(local.madeFrom(), { status: "these_files", movedFrom: "/opt/lake" }).facts(),
  wellFacts()
    .set(local.containerUnnamedData("mysql"), [{ path: "/var/lib/mysql", kind: "anonymous_volume" }])
    .facts(),
  wellFacts()
    .set(local.surplusContainers(), [
      { name: "0123456789ab_devlake-grafana-1", service: "grafana", state: "created", kind: "leftover" },
    ])
    .facts(),
];
