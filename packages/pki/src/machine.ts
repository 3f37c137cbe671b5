// What an installation needs of a machine, this one or one behind ssh: to look at files, and to change a set of them as one.

/** What stands at a path. */
export interface FileState {
  readonly kind: 'file' | 'directory' | 'other';
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** SHA-256 of the contents in hexadecimal; null for what is no file or cannot be read. */
  readonly digest: string | null;
}

/** Owner of a file by numbers. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** A file to write. */
export interface FileWrite {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  /** Left out: whoever writes it. */
  readonly owner?: Owner;
}

/** A directory that must be there. */
export interface DirectoryWrite {
  readonly path: string;
  readonly mode: number;
  readonly owner?: Owner;
}

/** A set of changes. Directories are made first, in this order; then the files change, all or none. */
export interface ChangeSet {
  readonly directories: readonly DirectoryWrite[];
  readonly files: readonly FileWrite[];
}

/** One change as it will be made. */
export interface PlannedFile extends FileWrite {
  /** `create`: nothing there; `replace`: other contents there, kept as a backup; `mode`: only mode or owner change. */
  readonly action: 'create' | 'replace' | 'mode';
  /** Where the old contents stay; null when there are none. */
  readonly backup: string | null;
}

/** Who is at work on a machine, and what it is called. */
export interface MachineFacts {
  readonly uid: number;
  readonly home: string;
  /** What `hostname` says. */
  readonly hostname: string;
  /** Names by which others may know it, `hostname` first. */
  readonly names: readonly string[];
  /** Addresses of its interfaces, those of a single link left out. */
  readonly addresses: readonly string[];
  /** Group of the account that runs guests; null when there is no such account. */
  readonly guestGroup: number | null;
}

/** A machine whose files can be changed. */
export interface Machine {
  /** What it is called in texts; empty for this one. */
  readonly label: string;
  facts(): Promise<MachineFacts>;
  /** Looks at paths. @returns null for those where nothing is */
  look(paths: readonly string[]): Promise<ReadonlyMap<string, FileState | null>>;
  /** Reads a file. @returns null when it is not there. @throws LibvirtError when it cannot be read */
  read(path: string): Promise<string | null>;
  /** Finishes what a run that was killed had begun in these directories. @returns the files that changed */
  finish(directories: readonly string[]): Promise<readonly string[]>;
  /** Finds the group of a name. @throws LibvirtError when there is none */
  groupId(name: string): Promise<number>;
  /**
   * Makes directories and changes files. Either all files change, or none does; what a file held stays at its backup.
   *
   * @throws LibvirtError when something could not be written; then nothing has changed
   */
  write(directories: readonly DirectoryWrite[], files: readonly PlannedFile[]): Promise<void>;
}
