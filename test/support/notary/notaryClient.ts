/**
 * Runs Debian's `notary` program, the client that signs, on one trust directory with keys and cached metadata. It reads
 * nothing of the user's: home, passphrases and login are given by its environment alone.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { findInstalled } from "../system";

export interface NotaryClientOptions {
  /** Path of `notary`; the installed one where none is named. */
  readonly program?: string;
  /** `https://localhost:port`. */
  readonly server: string;
  readonly caPath: string;
  /** The trust directory; made where it is missing. */
  readonly directory: string;
  /** Whom the token server is told. */
  readonly authorization?: { readonly username: string; readonly password: string };
}

export interface NotaryResult {
  readonly status: number | null;
  /** Its errors are here: `* fatal: …`. */
  readonly stdout: string;
  readonly stderr: string;
}

export type RotatedRole = "root" | "targets" | "snapshot" | "timestamp";

/** A passphrase must have eight characters. */
const PASSPHRASES = Object.fromEntries(
  ["ROOT", "TARGETS", "SNAPSHOT", "DELEGATION"].map((role) => [`NOTARY_${role}_PASSPHRASE`, "passphrase of a test"]),
);

export class NotaryClient {
  readonly #program: string;
  readonly #options: NotaryClientOptions;

  constructor(options: NotaryClientOptions) {
    const program = options.program ?? findInstalled("notary");
    if (program === null) throw new Error("notary is not installed");
    this.#program = program;
    this.#options = options;
  }

  /** Never fails because of the program's status. */
  run(...args: string[]): Promise<NotaryResult> {
    return this.#execute(args, "");
  }

  /** Its standard output; fails with all that it wrote where the status is not 0. */
  async expect(...args: string[]): Promise<string> {
    return this.#expect(args, "");
  }

  /**
   * Makes and publishes a repository whose snapshot key stays here; the root key is made here where none is given.
   * A certificate needs the key that it is of; both are PEM files.
   */
  async init(gun: string, root: { rootCertificate?: string; rootKey?: string } = {}): Promise<void> {
    // `--rootkey` takes encrypted keys only; an imported one is found by its certificate.
    if (root.rootKey !== undefined) await this.importKey(root.rootKey, "root");
    const certificate = root.rootCertificate === undefined ? [] : ["--rootcert", root.rootCertificate];
    await this.expect("init", "-p", gun, ...certificate);
  }

  /** Signs a tag, by default in `targets`, and publishes. `size` is that of the manifest in bytes. */
  async addHash(gun: string, tag: string, size: number, sha256Hex: string, roles: readonly string[] = []) {
    await this.expect("addhash", "-p", gun, tag, String(size), "--sha256", sha256Hex, ...inRoles(roles));
  }

  async remove(gun: string, tag: string, roles: readonly string[] = []): Promise<void> {
    await this.expect("remove", "-p", gun, tag, ...inRoles(roles));
  }

  /** Publishes what was staged, if only by `run`. */
  async publish(gun: string): Promise<void> {
    await this.expect("publish", gun);
  }

  /** Adds the key of a certificate to a delegation, which is made where it is missing, and publishes. */
  async addDelegation(
    gun: string,
    role: string,
    certificatePath: string,
    { paths }: { paths?: readonly string[] } = {},
  ) {
    const where = paths === undefined ? ["--all-paths"] : ["--paths", paths.join(",")];
    await this.expect("delegation", "add", "-p", gun, role, certificatePath, ...where);
  }

  /** Removes the whole delegation, or only some keys of it, and publishes. */
  async removeDelegation(gun: string, role: string, keyIds: readonly string[] = []): Promise<void> {
    await this.expect("delegation", "remove", "-p", "-y", gun, role, ...keyIds);
  }

  /**
   * Takes the private key of a PEM file, so that this client can sign with it. `role` is `root` or any name for the
   * key of a delegation (`user`, say); it is found by its id. Keys of other roles belong to one GUN.
   */
  async importKey(path: string, role: string, gun?: string): Promise<void> {
    await this.expect("key", "import", path, "-r", role, ...(gun === undefined ? [] : ["-g", gun]));
  }

  /** Replaces the key of a role and publishes. The timestamp key is always the server's, so is any that it manages. */
  async rotate(gun: string, role: RotatedRole, { serverManaged = role === "timestamp" } = {}): Promise<void> {
    await this.#expect(["key", "rotate", gun, role, ...(serverManaged ? ["-r"] : [])], "yes\n");
  }

  /** The table of all tags, with digests, sizes and roles. */
  list(gun: string): Promise<string> {
    return this.expect("list", gun);
  }

  /** What the client holds for true of a tag; fails where it knows no such tag or refuses the metadata. */
  async lookup(gun: string, tag: string): Promise<{ digest: string; size: number }> {
    const output = await this.expect("lookup", gun, tag);
    const [, digest, size] = /(sha256:[0-9a-f]{64}) (\d+)\s*$/.exec(output) ?? [];
    if (digest === undefined) throw new Error(`notary lookup wrote: ${output}`);
    return { digest, size: Number(size) };
  }

  /** The private keys of this directory. */
  async listKeys(): Promise<{ role: string; keyId: string }[]> {
    const output = await this.expect("key", "list");
    // ROLE, GUN (may be empty or shortened), KEY ID, LOCATION.
    return [...output.matchAll(/^(\S+)\s.*?([0-9a-f]{64})\s/gm)].map(([, role = "", keyId = ""]) => ({ role, keyId }));
  }

  async #expect(args: readonly string[], input: string): Promise<string> {
    const { status, stdout, stderr } = await this.#execute(args, input);
    if (status === 0) return stdout;
    throw new Error(`notary ${args.join(" ")} ended with status ${status}:\n${stdout}${stderr}`);
  }

  async #execute(args: readonly string[], input: string): Promise<NotaryResult> {
    const { server, caPath, directory, authorization } = this.#options;
    await mkdir(directory, { recursive: true });
    const login =
      authorization && Buffer.from(`${authorization.username}:${authorization.password}`).toString("base64");
    const program = spawn(this.#program, ["-s", server, "--tlscacert", caPath, "-d", directory, ...args], {
      cwd: directory,
      env: { HOME: directory, ...PASSPHRASES, ...(login !== undefined && { NOTARY_AUTH: login }) },
    });
    program.stdin.end(input);
    const exited = once(program, "exit");
    const [stdout, stderr] = await Promise.all([text(program.stdout), text(program.stderr)]);
    const [status] = (await exited) as [number | null];
    return { status, stdout, stderr };
  }
}

function inRoles(roles: readonly string[]): string[] {
  return roles.length === 0 ? [] : ["-r", roles.join(",")];
}
