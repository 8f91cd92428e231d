/** Where one stack lives. Everything but downloaded software is under `dir`. */
export interface StackPlace {
  readonly root: string;
  readonly dir: string;
  readonly cacheDir: string;
  readonly portBase: number;
  readonly brokerCount: number;
}

/** What a recipe is given to start one service. */
export interface ServicePlace extends StackPlace {
  /** Owned by the user the server runs as; config, data and sockets go here. */
  readonly serviceDir: string;
  readonly port: (name: string) => number;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Databases refuse to run as root: when we are root these run as the unprivileged user. */
  readonly isUnprivileged?: boolean;
}

export interface Health {
  readonly isReady: boolean;
  /** As told by the running server, where its protocol tells it. */
  readonly version?: string;
}

export type Report = (line: string) => void;

export interface NativeRecipe {
  /** Makes sure that the program is on this machine; resolves to its home (a folder or a file). */
  readonly install: (place: StackPlace, report: Report) => Promise<string>;
  /** Makes data folder and configuration; runs before every start, so it must be idempotent. */
  readonly prepare: (place: ServicePlace, home: string) => Promise<void>;
  readonly command: (place: ServicePlace, home: string) => Command;
  /** A string that only this service's command line contains; guards against reused process ids. */
  readonly marker: (place: ServicePlace) => string;
  readonly isUnprivileged: boolean;
  /** For servers that need their folder at a certain place: the folder under `dir` becomes a link to it. */
  readonly realDir?: (place: StackPlace) => string;
  /** For servers whose protocol tells no version to strangers. */
  readonly readVersion?: () => Promise<string | undefined>;
  readonly stopSignal: NodeJS.Signals;
  /** How long an orderly stop may take before SIGKILL. */
  readonly graceMs: number;
  readonly startTimeoutMs: number;
}

export interface ContainerRecipe {
  readonly image: string;
  /** Port inside the container by port name; names without an entry are not published. */
  readonly ports: Readonly<Record<string, number>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly healthcheck: readonly string[];
  /** Where the image's own user could not write to a fresh volume. */
  readonly user?: string;
  /** Folder inside the container that a named volume keeps. */
  readonly dataDir: string;
  /** Files put into the container: path to content. */
  readonly files?: Readonly<Record<string, string>>;
  readonly profile?: string;
}

export interface ServiceDefinition {
  readonly name: string;
  /** What `--only` and `--with` take: "kafka" stands for all brokers. */
  readonly group: string;
  /** True for services that start only with `--with`. */
  readonly isExtra: boolean;
  /** Offsets from PORT_BASE; `main` is the one clients use. */
  readonly ports: Readonly<Record<string, number>> & { readonly main: number };
  readonly probe: (port: number) => Promise<Health>;
  /** Of servers that we pin. */
  readonly version?: string;
  readonly native: NativeRecipe;
  readonly container: ContainerRecipe;
}
