/**
 * Programs in Go that tests ask or start, from modules of the tests' own. Each is built once for each state of its
 * module's sources, which takes Go and, the first time, the modules that it needs; an outdated one is never run.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { findInstalled, skipOrFail } from "./system";

const repositoryRoot = resolve(import.meta.dirname, "../..");

export interface GoProgram {
  /** The module's folder below `test/`, and the cache's below `.cache/`. */
  readonly module: string;
  /** The package's folder in the module, where `package` names no other. */
  readonly name: string;
  readonly package?: string;
}

/** Null without Go. */
export async function buildWithGo(program: GoProgram): Promise<string | null> {
  const go = findInstalled("go");
  return go === null ? null : build(go, program);
}

/** The path of the built program. Skips the test or suite of `context`, or fails where everything is required, without. */
export async function builtOrSkip(context: Mocha.Context, program: GoProgram): Promise<string> {
  const go = findInstalled("go");
  if (go === null) return skipOrFail(context, "go is not installed");
  try {
    return await build(go, program);
  } catch (error) {
    return skipOrFail(
      context,
      `test/${program.module} does not build: ${error instanceof Error ? error.message : error}`,
    );
  }
}

async function build(go: string, { module, name, package: path = `./${name}` }: GoProgram): Promise<string> {
  const sources = join(repositoryRoot, "test", module);
  const programs = join(repositoryRoot, ".cache", module);
  const built = join(programs, `${name}-${await hashOfSources(sources)}`);
  if (existsSync(built)) return built;
  await mkdir(programs, { recursive: true });
  // Another test process may build at the same time.
  const unfinished = `${built}.${process.pid}`;
  await promisify(execFile)(go, ["build", "-trimpath", "-buildvcs=false", "-o", unfinished, path], { cwd: sources });
  await rename(unfinished, built);
  return built;
}

async function hashOfSources(sources: string): Promise<string> {
  const hash = createHash("sha256");
  const entries = await readdir(sources, { recursive: true });
  for (const name of entries.filter((entry) => /\.go$|^go\.(?:mod|sum)$/.test(entry)).sort()) {
    hash.update(`${name}\0`).update(await readFile(join(sources, name)));
  }
  return hash.digest("hex").slice(0, 16);
}
