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
  "stable",
  "rolling",
  "nightly",
  "daily",
  "weekly",
  "canary",
  "snapshot",
  "unstable",
  "experimental",
  "testing",
  "insiders",
  "lts",
  "current",
  "mainline",
  "tip",
  "trunk",
  "head",
  "main",
  "master",
  "dev",
  "devel",
  "develop",
  "development",
  "next",
  "preview",
]);

/** Code names of distributions' releases: they move unless a version, a date or a commit stands beside them. */
export const codenames: ReadonlySet<string> = new Set([
  // Debian, with its aliases
  "stretch",
  "buster",
  "bullseye",
  "bookworm",
  "trixie",
  "forky",
  "sid",
  "oldstable",
  "oldoldstable",
  // Ubuntu
  "trusty",
  "xenial",
  "bionic",
  "focal",
  "jammy",
  "lunar",
  "mantic",
  "noble",
  "oracular",
  "plucky",
  "questing",
  "devel",
  // Fedora, openSUSE, Windows
  "rawhide",
  "tumbleweed",
  "leap",
  "nanoserver",
  "windowsservercore",
  // .NET's, Amazon's and Oracle's
  "al2023",
  "ltsc2019",
  "ltsc2022",
  "ltsc2025",
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
]);

const dates = [
  /(?:^|\D)(?:19|20)\d{2}[01]\d[0-3]\d(?:\d{4,6})?(?:\D|$)/,
  /(?:^|\D)(?:19|20)\d{2}[-._][01]\d[-._][0-3]\d(?:\D|$)/,
];
/** A build number, or a time in seconds. */
const buildNumber = /(?:^|[-_.])\d{5,}(?:[-_.]|$)/;
/** A commit, abbreviated or whole: hexadecimal with both letters and digits, or 40 or 64 digits of it. */
const commit = /(?:^|[-_.])g?(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}(?=[-_.]|$)/;
const version = /^v?(\d+(?:\.\d+)*)((?:a|alpha|b|beta|rc|pre|m)\.?\d+)?(?:[a-z]+)?$/;
const preRelease = /^(?:a|alpha|b|beta|rc|pre|preview|m)\.?\d+$/;
/** Components of a version that leaves nothing open: major, minor, patch. */
const FULL_VERSION = 3;

export function tagMobility(tag: string): TagMobility {
  const words = tag.toLowerCase().split(/[-_]/);
  if ([...dates, buildNumber, commit].some((form) => form.test(tag.toLowerCase()))) return "exact";
  if (words.some((word) => channels.has(word))) return "floating";
  const components = versionComponents(words);
  if (components > 0) return components < FULL_VERSION ? "partial" : "exact";
  return words.some((word) => isWordOf(word, codenames) || isWordOf(word, variants)) ? "floating" : "exact";
}

/** How many components the first version among the words has; a numbered pre-release leaves nothing open. 0: none. */
function versionComponents(words: readonly string[]): number {
  const index = words.findIndex((word) => version.test(word));
  const [, numbers, marker] = version.exec(words[index] ?? "") ?? [];
  if (numbers === undefined) return 0;
  const isNumberedPreRelease = marker !== undefined || words.slice(index + 1).some((word) => preRelease.test(word));
  return isNumberedPreRelease ? FULL_VERSION : numbers.split(".").length;
}

/** `alpine` and `alpine3.19` alike. */
function isWordOf(word: string, words: ReadonlySet<string>): boolean {
  return words.has(word) || words.has(word.replace(/[\d.]+$/, ""));
}
