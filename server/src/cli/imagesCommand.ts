/** `digest-pin images`: lists every place that names an image. */
import { type CommandPorts, exitStatus, type Format, sourceOptions } from "./ports";
import { countedUses, fileEntry, placeLine, useEntries, writeJson, writeProblems } from "./report";
import { readSources } from "./sources";

export interface ImagesOptions {
  readonly format: Format;
  readonly envFromProcess: boolean;
}

export async function imagesCommand(
  paths: readonly string[],
  options: ImagesOptions,
  ports: CommandPorts,
): Promise<number> {
  const { format } = options;
  const sources = await readSources(paths, sourceOptions(options, ports), ports);
  const entries = sources.map((source) => fileEntry(source.path, { uses: useEntries(source) }, source.problem));
  writeProblems(ports.stderr, sources);
  if (format === "json") {
    writeJson(ports.stdout, entries);
  } else {
    for (const { path, uses } of entries) {
      for (const use of uses) {
        const platform = use.platform === null ? "" : `, ${use.platform}`;
        const target = use.normalized ?? (use.resolved === null ? "no value known" : "no image reference");
        ports.stdout.write(placeLine(path, use, `${use.raw} -> ${target} (${use.kind}${platform})`));
      }
    }
    ports.stdout.write(`${countedUses(sources)}.\n`);
  }
  return sources.some(({ problem }) => problem !== null) ? exitStatus.couldNotRun : exitStatus.clean;
}
