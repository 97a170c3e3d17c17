/**
 * Globs over images, `registry/repository` in normalized form: `*` stands for any characters of one component, `**` for
 * any at all. They match the whole name, and never a tag.
 */

/** What is wrong with the text as a glob; null where it is one. */
export function imageGlobProblem(glob: string): string | null {
  if (!/^[A-Za-z0-9._:[\]/*-]+$/.test(glob)) return "has a character that no image's name has";
  const [registry = "", ...repository] = glob.split("/");
  if (glob === "**") return null;
  if (repository.length === 0) return "names no repository: write docker.io/library/alpine, or registry.example/**";
  const isRegistry = /[.:*]/.test(registry) || registry === "localhost";
  return isRegistry ? null : `names no registry: for Docker Hub write docker.io/${glob}`;
}

const matchers = new Map<string, RegExp>();

export function matchesGlob(glob: string, image: string): boolean {
  let matcher = matchers.get(glob);
  if (matcher === undefined) {
    const source = glob
      .split(/(\*{2,}|\*)/)
      .map((part) => (part === "*" ? "[^/]*" : part.startsWith("**") ? ".*" : part.replace(/[.[\]]/g, "\\$&")));
    matcher = new RegExp(`^${source.join("")}$`);
    matchers.set(glob, matcher);
  }
  return matcher.test(image);
}
