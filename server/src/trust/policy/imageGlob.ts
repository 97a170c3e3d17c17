/**
 * Globs over images, `registry/repository` in normalized form: `*` stands for any characters of one component, `**` for
 * any at all. They match the whole name, and never a tag.
 */
import { DOCKER_HUB, type Reference } from "../../reference/reference";

/** What is wrong with the text as a glob; null where it is one. */
export function imageGlobProblem(glob: string): string | null {
  if (!/^[A-Za-z0-9._:[\]/*-]+$/.test(glob)) return "has a character that no image's name has";
  const [registry = "", ...repository] = glob.split("/");
  if (glob === "**") return null;
  if (repository.length === 0) return "names no repository: write docker.io/library/alpine, or registry.example/**";
  const isRegistry = /[.:*]/.test(registry) || registry === "localhost";
  return isRegistry ? null : `names no registry: for Docker Hub write docker.io/${glob}`;
}

/**
 * The one spelling of an image's name under which rules are looked up: a registry's host has no case, its default port
 * may be left out, and Docker Hub has several names. A rule must not be got round by another spelling.
 */
export function imageName({ registry, repository }: Pick<Reference, "registry" | "repository">): string {
  const host = canonicalHost(registry);
  if (!dockerHubHosts.has(host)) return `${host}/${repository}`;
  return `${DOCKER_HUB}/${repository.includes("/") ? repository : `library/${repository}`}`;
}

const dockerHubHosts: ReadonlySet<string> = new Set([DOCKER_HUB, "index.docker.io", "registry-1.docker.io"]);

function canonicalHost(registry: string): string {
  return registry.toLowerCase().replace(/:0*443$/, "");
}

const matchers = new Map<string, RegExp>();

/** @param image from `imageName` */
export function matchesGlob(glob: string, image: string): boolean {
  let matcher = matchers.get(glob);
  if (matcher === undefined) {
    const [registry = "", ...repository] = glob.split("/");
    const source = [canonicalHost(registry), ...repository]
      .join("/")
      .split(/(\*{2,}|\*)/)
      .map((part) => (part === "*" ? "[^/]*" : part.startsWith("**") ? ".*" : part.replace(/[.[\]]/g, "\\$&")));
    matcher = new RegExp(`^${source.join("")}$`);
    matchers.set(glob, matcher);
  }
  return matcher.test(image);
}

/** Whether the glob spells the registry that the image is in. */
export function namesRegistry(glob: string, image: string): boolean {
  const [registry = ""] = glob.split("/");
  return image.startsWith(`${canonicalHost(registry)}/`) && matchesGlob(glob, image);
}
