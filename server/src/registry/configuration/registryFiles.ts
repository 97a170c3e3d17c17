/**
 * What the files on this machine say about registries: Docker's `daemon.json` and the containers tools'
 * `registries.conf` with its drop-in files. They are read again after some seconds, so that a change counts without a
 * restart; a file that can't be used counts as absent.
 */
import type { Machine } from "../machine";
import { codeOf, type FileKind, readConfigurationFile, withoutRepeats } from "./configurationFile";
import { parseContainersRegistries, type RegistryTables } from "./containersRegistries";
import { type DockerDaemon, parseDockerDaemon } from "./dockerDaemon";
import { bothOf, parseInsecureRegistries } from "./insecureRegistries";
import { configurationHome, namedPath, pathsOf } from "./machineFolders";
import type { RegistryConfiguration } from "./places";

export interface RegistryFiles {
  /** Never fails. */
  read(): Promise<RegistryConfiguration>;
}

export interface RegistryFilesPorts {
  readonly machine: Machine;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  /** Takes a sentence for the log. */
  readonly report: (problem: string) => void;
}

const LIFETIME = 10_000;
const SYSTEM_FOLDER = "/etc/containers";
const MAIN_FILE = "registries.conf";

const dockerDaemonFile: FileKind<DockerDaemon> = {
  parse: parseDockerDaemon,
  form: "a JSON object",
  consequence: "its mirrors and insecure registries are not used",
};
const registriesFile: FileKind<RegistryTables> = {
  parse: parseContainersRegistries,
  form: "TOML",
  consequence: "what it says about registries is not used",
};

/** Docker's files: dockerd(8), "daemon configuration file"; the containers tools': containers-registries.conf(5), "FILES". */
export function createRegistryFiles(ports: RegistryFilesPorts): RegistryFiles {
  const asked = { machine: ports.machine, report: withoutRepeats(ports.report) };
  let last: { readonly configuration: Promise<RegistryConfiguration>; readonly until: number } | null = null;

  return {
    read() {
      if (last === null || ports.now() >= last.until) {
        last = { configuration: readAll(asked), until: ports.now() + LIFETIME };
      }
      return last.configuration;
    },
  };
}

type Asked = Pick<RegistryFilesPorts, "machine" | "report">;

async function readAll(asked: Asked): Promise<RegistryConfiguration> {
  const [daemons, tables] = await Promise.all([
    Promise.all(dockerDaemonPaths(asked.machine).map((path) => readConfigurationFile(path, dockerDaemonFile, asked))),
    readTables(asked),
  ]);
  const found = daemons.filter((daemon) => daemon !== null);
  return {
    userMirrors: new Map(),
    tables,
    dockerHubMirrors: found.flatMap(({ mirrors }) => mirrors),
    insecure: found.map(({ insecure }) => insecure).reduce(bothOf, parseInsecureRegistries([])),
  };
}

/** docs.docker.com, "Docker daemon configuration overview", "Configuration file"; and Docker Desktop's own. */
function dockerDaemonPaths(machine: Machine): readonly string[] {
  const { join } = pathsOf(machine);
  const desktop = join(machine.homeDirectory, ".docker", "daemon.json");
  if (machine.platform === "win32") {
    const programData = namedPath(machine, "ProgramData");
    return [...(programData === null ? [] : [join(programData, "docker", "config", "daemon.json")]), desktop];
  }
  if (machine.platform === "darwin") return [desktop];
  return ["/etc/docker/daemon.json", join(configurationHome(machine), "docker", "daemon.json"), desktop];
}

/**
 * containers-registries.conf(5), "Description": the user's file takes the place of the system's;
 * containers-registries.conf.d(5), "Configuration precedence": drop-in files replace tables with the same prefix, and
 * the system's count only where the user has no file of their own.
 */
async function readTables(asked: Asked): Promise<RegistryTables> {
  const { machine } = asked;
  const { join } = pathsOf(machine);
  const systemFolders = machine.platform === "win32" ? [] : [SYSTEM_FOLDER];
  const userFolder = join(machine.homeDirectory, ".config", "containers");
  const userFile = join(userFolder, MAIN_FILE);
  const systemFiles = systemFolders.map((folder) => join(folder, MAIN_FILE));

  let main: { readonly path: string; readonly tables: RegistryTables } | null = null;
  for (const path of namedFiles(asked) ?? [userFile, ...systemFiles]) {
    const tables = await readConfigurationFile(path, registriesFile, asked);
    if (tables === null) continue;
    main = { path, tables };
    break;
  }
  const folders = main?.path === userFile ? [userFolder] : [...systemFolders, userFolder];
  const dropIns = (await Promise.all(folders.map((folder) => dropInsOf(join(folder, `${MAIN_FILE}.d`), asked)))).flat();
  const files = await Promise.all(dropIns.map((path) => readConfigurationFile(path, registriesFile, asked)));
  return new Map([main?.tables, ...files].flatMap((tables) => [...(tables ?? [])]));
}

/** The only main file that may be read where the environment names one; null where it names none. */
function namedFiles({ machine, report }: Asked): readonly string[] | null {
  if ((machine.environment.CONTAINERS_REGISTRIES_CONF ?? "") === "") return null;
  const path = namedPath(machine, "CONTAINERS_REGISTRIES_CONF");
  if (path !== null) return [path];
  report("CONTAINERS_REGISTRIES_CONF is not an absolute path: the file is not read.");
  return [];
}

/** In the order in which they count. */
async function dropInsOf(folder: string, { machine, report }: Asked): Promise<readonly string[]> {
  try {
    const names = (await machine.listFolder(folder)) ?? [];
    const dropIns = names.filter((name) => name.endsWith(".conf")).sort();
    return dropIns.map((name) => pathsOf(machine).join(folder, name));
  } catch (error) {
    report(`${folder} can't be read (${codeOf(error)}): ${registriesFile.consequence}.`);
    return [];
  }
}
