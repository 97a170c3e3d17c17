/**
 * Globs over images, `registry/repository` in normalized form: `*` stands for any characters of one component, `**` for
 * any at all. They match the whole name, and never a tag.
 */
import { DOCKER_HUB, dockerHubHosts, type Reference } from "../../reference/reference";

/** What is wrong with the text as a glob; null where it is one. */
export function imageGlobProblem(glob: string): string | null {
  if (!/^[A-Za-z0-9._:[\]/*-]+$/.test(glob)) return "has a character that no image's name has";
  const [registry = "", ...repository] = glob.split("/");
  if (glob === "**") return null;
  if (repository.length === 0) return "names no repository: write docker.io/library/alpine, or registry.example/**";
  const isRegistry = /[.:*]/.test(registry) || registry === "localhost";
  if (!isRegistry) return `names no registry: for Docker Hub write docker.io/${glob}`;
  // What no image can match would be a rule that protects nothing.
  if (repository.includes("")) return "has an empty component, and no repository has one";
  if (/[A-Z]/.test(repository.join())) return "has an upper-case letter in the repository, and no repository has one";
  const isIncomplete = canonicalHost(registry) === DOCKER_HUB && repository.length === 1 && !glob.endsWith("/**");
  return isIncomplete ? "matches no image of Docker Hub: write docker.io/library/alpine, or docker.io/**" : null;
}

/**
 * The one spelling of an image's name under which rules are looked up: whatever spellings of a registry lead to one
 * host, and the names of Docker Hub, are one. A rule must not be got round by another spelling.
 */
export function imageName({ registry, repository }: Pick<Reference, "registry" | "repository">): string {
  const host = canonicalHost(registry);
  if (host !== DOCKER_HUB) return `${host}/${repository}`;
  return `${DOCKER_HUB}/${repository.includes("/") ? repository : `library/${repository}`}`;
}

/** The host as a request to it spells it (WHATWG URL, "host parsing"): case, default port, zeros, forms of addresses. */
function canonicalHost(registry: string): string {
  const url = `https://${registry}`;
  const host = registry.includes("*") || !URL.canParse(url) ? registry.toLowerCase() : new URL(url).host;
  return dockerHubHosts.has(host) ? DOCKER_HUB : host;
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
