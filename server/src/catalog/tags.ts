/**
 * How far a tag can move, by its form alone. The table is data: words that publishers re-point by habit. A tag of
 * unknown form counts as exact, so that nothing is said of it beyond "has no digest".
 */

/**
 * `floating`: re-pointed at any time. `partial`: a version with parts left open, re-pointed at each release of it.
 * `exact`: names one build by convention; only a digest makes that certain.
 */
export type TagMobility = "floating" | "partial" | "exact";

/** Channels: they move even where a version stands beside them (`1.2.3-nightly`). */
export const channels: ReadonlySet<string> = new Set([
  "latest",
  "edge",
  "rolling",
  "nightly",
  "daily",
  "weekly",
  "canary",
  "snapshot",
  "unstable",
  "experimental",
  "insiders",
  "tip",
  "trunk",
  "head",
  "main",
  "master",
  "dev",
  "develop",
  "development",
  "next",
  "preview",
  // Pull and merge requests: pushed again with each commit
  "pr",
  "mr",
]);

/** Labels of a line of releases, and deployments: they move unless a version, a date or a commit stands beside them. */
export const lines: ReadonlySet<string> = new Set([
  "stable",
  "testing",
  "lts",
  "current",
  "mainline",
  "devel",
  "release",
  "staging",
  "qa",
  "uat",
  "prod",
  "production",
  "live",
]);

/** Code names of distributions' releases: they move as those lines do. */
export const codenames: ReadonlySet<string> = new Set([
  // Debian, with its aliases
  "wheezy",
  "jessie",
  "stretch",
  "buster",
  "bullseye",
  "bookworm",
  "trixie",
  "forky",
  "duke",
  "sid",
  "oldstable",
  "oldoldstable",
  // Ubuntu
  "trusty",
  "xenial",
  "bionic",
  "focal",
  "jammy",
  "kinetic",
  "lunar",
  "mantic",
  "noble",
  "oracular",
  "plucky",
  "questing",
  "resolute",
  // Fedora, CentOS, openSUSE, Windows
  "rawhide",
  "stream",
  "tumbleweed",
  "leap",
  "nanoserver",
  "windowsservercore",
  // Amazon Linux ("al2023") and Windows' long-term channel ("ltsc2022")
  "al",
  "ltsc",
]);

/** Variants: alone they stand for the newest version in that variant (`node:alpine`, `python:slim`). */
export const variants: ReadonlySet<string> = new Set([
  "alpine",
  "slim",
  "debian",
  "ubuntu",
  "ubi",
  "distroless",
  "static",
  "base",
  "full",
  "minimal",
  "nonroot",
  "debug",
  "apache",
  "fpm",
  "cli",
  "zts",
  "perl",
  "jdk",
  "jre",
  "uclibc",
  "glibc",
  "musl",
  "dind",
  "rootless",
  "management",
  "community",
  "enterprise",
  "oss",
  "alpha",
  "beta",
  "rc",
  // Languages and libraries with their version: `python3.12`, `cuda12.1`
  "python",
  "php",
  "node",
  "ruby",
  "golang",
  "java",
  "openjdk",
  "cuda",
  // Platforms
  "linux",
  "windows",
  "amd64",
  "arm64",
  "arm64v8",
  "arm32v7",
]);

const dates = [
  /(?:^|\D)(?:19|20)\d{2}[01]\d[0-3]\d(?:\d{4,6})?(?:\D|$)/,
  /(?:^|\D)(?:19|20)\d{2}[-._][01]\d[-._][0-3]\d(?:\D|$)/,
];
/** A build number, or a time in seconds. */
const buildNumber = /(?:^|[-_.])(?:\d{5,}|(?:build|run|job|rev)[-_.]?\d+)(?:[-_.]|$)/;
/** A commit, abbreviated or whole: hexadecimal with both letters and digits. */
const commit = /(?:^|[-_.])g?(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}(?=[-_.]|$)/;
/** `3.18`, `v1.2.3`, `3.13.0rc1`, `6.x`. */
const version = /^v?(\d+(?:\.\d+)*)(\.x)?((?:a|alpha|b|beta|rc|pre|m)\.?\d+)?(?:[a-z]+)?$/;
/** Java's: `8u392` is 8.0.392. */
const updateVersion = /^\d+u\d+$/;
const preRelease = /^(?:(?:a|b|m)\.?\d+|(?:alpha|beta|rc|pre)(?:\.?\d+)?)$/;
/** Components of a version that leaves nothing open: major, minor, patch. */
const FULL_VERSION = 3;

export function tagMobility(tag: string): TagMobility {
  // The "64" of "x86_64" is no version.
  const text = tag.toLowerCase().replace("x86_64", "amd64");
  const words = text.split(/[-_]/);
  if ([...dates, buildNumber, commit].some((form) => form.test(text))) return "exact";
  if (words.some((word) => channels.has(word))) return "floating";
  const components = versionComponents(words);
  if (components > 0) return components < FULL_VERSION ? "partial" : "exact";
  return words.some((word) => [lines, codenames, variants].some((set) => isWordOf(word, set))) ? "floating" : "exact";
}

/**
 * How many components the first version among the words has. 0: there is none. A numbered pre-release leaves nothing
 * open; one without number (`1.2.3-rc`) leaves that open.
 */
function versionComponents(words: readonly string[]): number {
  const index = words.findIndex((word) => version.test(word) || updateVersion.test(word));
  const word = words[index];
  if (word === undefined) return 0;
  if (updateVersion.test(word)) return FULL_VERSION;
  const [, numbers = "", open, marker] = version.exec(word) ?? [];
  const written = Math.min(numbers.split(".").length, open === undefined ? FULL_VERSION : FULL_VERSION - 1);
  if (marker !== undefined) return FULL_VERSION;
  const pre = words.findIndex((other, at) => at > index && preRelease.test(other));
  if (pre === -1) return written;
  const isNumbered = /\d$/.test(words[pre] ?? "") || /^\d+$/.test(words[pre + 1] ?? "");
  return isNumbered ? FULL_VERSION : Math.min(written, FULL_VERSION - 1);
}

/** `alpine` and `alpine3.19` alike. */
function isWordOf(word: string, words: ReadonlySet<string>): boolean {
  return words.has(word) || words.has(word.replace(/[\d.]+$/, ""));
}
