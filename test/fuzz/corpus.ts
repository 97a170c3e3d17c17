/** The documents that are mutated: those that people wrote, the long ones of the bench, and generated ones. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import fc from "fast-check";
import { composeFile, dockerfile } from "../../bench/documents";
import { type DocumentFormat, formatOfPath } from "../../server/src/documents/format";
import { alone, type Surroundings } from "../../server/src/documents/surroundings";
import { composeProjects, type GeneratedProject } from "../support/generated/composeProjects";
import { dockerfiles } from "../support/generated/dockerfiles";
import { withoutMarks } from "../support/marks";
import type { Random } from "../support/random";
import { surroundingsOf } from "../support/surroundings";

export interface SourceDocument {
  readonly text: string;
  readonly surroundings: Surroundings;
}

export type Corpus = Readonly<Record<DocumentFormat, readonly SourceDocument[]>>;

/** npm runs its scripts in the repository's root. */
const folders = ["test/fixtures", "examples"].map((folder) => resolve(folder));
/** Lines and services of the long documents. */
const LONG = { dockerfile: 1000, compose: 300 };

/** @param generated how many documents of each format are generated from `seed` */
export function corpusOf(seed: number, generated: number): Corpus {
  const texts = { dockerfile: [] as string[], compose: [] as string[] };
  for (const path of folders.flatMap(filesBelow)) {
    const format = formatOfPath(path.replace(/\.fixed$/, ""));
    if (format !== null) texts[format].push(withoutMarks(readFileSync(path, "utf8")));
  }
  texts.dockerfile.push(dockerfile(LONG.dockerfile));
  texts.compose.push(composeFile(LONG.compose));
  texts.dockerfile.push(...fc.sample(dockerfiles, { seed, numRuns: generated }).map(({ text }) => text));
  const projects = fc.sample(composeProjects, { seed, numRuns: Math.ceil(generated / 2) });
  return {
    dockerfile: texts.dockerfile.map((text) => ({ text, surroundings: alone })),
    compose: [
      ...texts.compose.map((text) => ({ text, surroundings: alone })),
      ...projects.flatMap(documentsOf).slice(0, generated),
    ],
  };
}

export function pickOne<T>(all: readonly T[], random: Random): T {
  return all[random.below(all.length)] as T;
}

/** Each Compose file of a project among the others. */
function documentsOf({ files, configFiles, environment }: GeneratedProject): SourceDocument[] {
  const composePaths = Object.keys(files).filter((path) => formatOfPath(path) === "compose" || path.endsWith(".yaml"));
  return composePaths.map((path) => ({
    text: files[path] ?? "",
    surroundings: surroundingsOf(files, { path, environment, projects: configFiles.slice(0, 1) }),
  }));
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true, encoding: "utf8" })
    .filter((entry) => entry.isFile() && !basename(entry.parentPath).startsWith("node_modules"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
