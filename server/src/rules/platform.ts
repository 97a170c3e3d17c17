/**
 * Platforms as BuildKit compares them (github.com/containerd/platforms: `Parse`, `Normalize` and `Only`): many names for
 * one, and machines that run what was built for lesser ones. Pure. Where that leaves a choice it is the wider one: a
 * platform that a build would take is never called missing. Versions of Windows are not compared.
 */
import type { Platform } from "../facts/types";

/** As long as a registry's may be. */
const part = /^[A-Za-z0-9_.-]{1,64}$/;
/** The version and the features of an operating system, `windows(10.0.17763)`. */
const systemOptions = /\([A-Za-z0-9_.%+-]*\)$/;
const systems: ReadonlySet<string> = new Set(
  "aix android darwin dragonfly freebsd hurd illumos ios js linux macos nacl netbsd openbsd plan9 solaris windows zos".split(
    " ",
  ),
);

/**
 * Reads `os/architecture[/variant]`, or an architecture alone, which is Linux's.
 * @returns null where it is neither, and for an operating system alone, whose architecture is the builder's
 */
export function parsePlatform(text: string): Platform | null {
  const [first = "", second, variant = null, ...rest] = text.split("/");
  const system = first.replace(systemOptions, "");
  const isWellFormed = [system, second, variant].every((each) => each == null || part.test(each));
  if (!isWellFormed || rest.length > 0) return null;
  if (second !== undefined) return normalized({ os: system, architecture: second, variant });
  return systems.has(system.toLowerCase()) ? null : normalized({ os: "linux", architecture: first, variant });
}

/** Whether one of the platforms would do for the one that is wanted, which was parsed. */
export function hasPlatform(offered: readonly Platform[], wanted: Platform): boolean {
  return offered.some((each) => runs(wanted, normalized(each)));
}

/** `linux/arm/v7` */
export function platformName({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === null ? [] : [variant])].join("/");
}

const architectures: ReadonlyMap<string, string> = new Map([
  ["i386", "386"],
  ["x86_64", "amd64"],
  ["x86-64", "amd64"],
  ["aarch64", "arm64"],
  ["armhf", "arm"],
  ["armel", "arm"],
]);

/** One spelling for each platform. */
function normalized({ os, architecture, variant }: Platform): Platform {
  const system = os.toLowerCase();
  const name = architecture.toLowerCase();
  return {
    os: system === "macos" ? "darwin" : system,
    architecture: architectures.get(name) ?? name,
    variant: normalizedVariant(name, variant?.toLowerCase() ?? null),
  };
}

function normalizedVariant(architecture: string, variant: string | null): string | null {
  switch (architecture) {
    case "i386":
      return null;
    case "armhf":
      return "v7";
    case "armel":
      return "v6";
    case "arm":
      return variant === null ? "v7" : variant.replace(/^(?=[5-8]$)/, "v");
    case "amd64":
    case "x86_64":
    case "x86-64":
      return variant === "v1" ? null : variant;
    case "arm64":
    case "aarch64":
      if (variant !== null && /^(?:8|v8|v8\.0)$/.test(variant)) return null;
      return variant !== null && /^(?:9|9\.0|v9\.0)$/.test(variant) ? "v9" : variant;
    default:
      return variant;
  }
}

/** Whether a machine runs what was built for the other platform; both are normalized. */
function runs(machine: Platform, image: Platform): boolean {
  if (machine.os !== image.os) return false;
  if (machine.architecture === image.architecture && machine.variant === image.variant) return true;
  switch (`${machine.architecture} ${image.architecture}`) {
    case "amd64 386":
      return image.variant === null;
    case "amd64 amd64":
      return isAtMost(levelOf(image.variant ?? "v1"), levelOf(machine.variant ?? "v1"));
    case "arm arm":
      return isArmUpTo(levelOf(machine.variant), image);
    case "arm64 arm":
      return isArmUpTo([8, 0], image);
    case "arm64 arm64":
      return isArm64UpTo(levelOf(machine.variant ?? "v8"), levelOf(image.variant ?? "v8"));
    default:
      return false;
  }
}

type Level = readonly [major: number, minor: number];

/** `v7` and `7` as 7.0, `v8.2` as 8.2; null for what is no such level. */
function levelOf(variant: string | null): Level | null {
  const [, major, minor = "0"] = /^v?(\d{1,3})(?:\.(\d{1,3}))?$/.exec(variant ?? "") ?? [];
  return major === undefined ? null : [Number(major), Number(minor)];
}

function isAtMost(level: Level | null, limit: Level | null): boolean {
  if (level === null || limit === null) return false;
  return level[0] < limit[0] || (level[0] === limit[0] && level[1] <= limit[1]);
}

function isArmUpTo(limit: Level | null, { variant }: Platform): boolean {
  const level = levelOf(variant);
  return isAtMost([5, 0], level) && isAtMost(level, limit);
}

/** ARM's version 9.n has what 8.(n + 5) has. */
function isArm64UpTo(limit: Level | null, level: Level | null): boolean {
  if (limit?.[0] === 9 && level?.[0] === 8) return level[1] <= limit[1] + 5;
  return limit?.[0] === level?.[0] && isAtMost(level, limit);
}
