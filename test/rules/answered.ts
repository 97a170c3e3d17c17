/** What registries may answer for an image, and the findings that follow. */
import type { Answer, Knowledge } from "../../server/src/facts/types";
import type { Digest } from "../../server/src/reference/digest";
import type { Manifest, Platform, RegistryErrorCode } from "../../server/src/registry/registry";
import type { Severity } from "../../server/src/rules/rule";

export const digest = `sha256:${"a".repeat(64)}`;
const other = `sha256:${"b".repeat(64)}`;
const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const dockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json";
const dockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

const found = (digest: string, mediaType: string): Answer => ({
  kind: "found",
  descriptor: { digest: digest as Digest, mediaType, size: null },
  mirror: null,
  askedAt: new Date(0),
});
const failed = (code: RegistryErrorCode): Answer => ({
  kind: "unavailable",
  code,
  message: "What is wrong.",
  askedAt: new Date(0),
});
const missing = failed("not-found");

function manifest(kind: Manifest["kind"], ...platforms: string[]): Manifest {
  const listed = platforms.map((name): Platform => {
    const [os = "", architecture = "", variant = null] = name.split("/");
    return { os, architecture, variant };
  });
  const nothing = { artifactType: "", children: [], configuration: null, annotations: new Map() };
  return { digest: digest as Digest, mediaType: "", size: null, kind, platforms: listed, ...nothing };
}
export const index = manifest("index", "linux/amd64", "linux/arm/v6", "linux/arm64/v8");

export const pinned = `FROM alpine:3.22@${digest}`;
export const withPlatform = (platform: string) => `FROM --platform=${platform} alpine:3.22@${digest}`;

/** What the registry's answers alone give, for an image that has no other finding unless it is told. */
export const answered: readonly (readonly [
  why: string,
  source: string,
  known: Partial<Knowledge>,
  ...findings: `${string} ${Severity}`[],
])[] = [
  ["a tag that moved", pinned, { tag: found(other, INDEX), digest: found(digest, INDEX) }, "stale-pin information"],
  [
    "a tag of one platform that moved",
    pinned,
    { tag: found(other, MANIFEST), digest: found(digest, MANIFEST) },
    "stale-pin information",
  ],
  [
    "a tag that was made an image of one platform",
    pinned,
    { tag: found(other, MANIFEST), digest: found(digest, INDEX) },
    "stale-pin information",
  ],
  [
    "a tag that moved, by a registry that tells no media type",
    pinned,
    { tag: found(other, ""), digest: found(digest, "") },
    "stale-pin information",
  ],
  ["a tag that stands where it stood", pinned, { tag: found(digest, INDEX), digest: found(digest, INDEX) }],
  ["a tag that moved, while the digest was not asked about yet", pinned, { tag: found(other, INDEX) }],
  ["a digest whose tag was not asked about yet", pinned, { digest: found(digest, INDEX) }],
  ["a tag that can't be asked about", pinned, { tag: failed("unreachable"), digest: found(digest, INDEX) }],
  [
    "a digest that can't be asked about",
    pinned,
    { tag: found(other, INDEX), digest: failed("timed-out") },
    "stale-pin information",
  ],
  [
    "a tag in another algorithm than the pin",
    `FROM alpine:3.22@sha512:${"a".repeat(128)}`,
    { tag: found(other, INDEX), digest: found(digest, INDEX) },
  ],
  ["a digest alone", `FROM alpine@${digest}`, { digest: found(digest, INDEX) }],
  ["a tag alone", "FROM alpine:3.22.1", { tag: found(other, INDEX) }, "unpinned-image hint"],

  ["a tag that is gone", pinned, { tag: missing, digest: found(digest, INDEX) }, "tag-not-found warning"],
  ["a tag that is not there", "FROM alpine:3.22.1", { tag: missing }, "unpinned-image hint", "tag-not-found warning"],
  [
    "a repository that has no tag latest",
    "FROM alpine",
    { tag: missing },
    "implicit-latest warning",
    "tag-not-found warning",
  ],
  ["a tag elsewhere", "FROM ghcr.io/acme/app:1.2.3", { tag: missing }, "unpinned-image hint", "tag-not-found warning"],
  [
    "a tag that a login may show",
    "FROM ghcr.io/acme/app:1.2.3",
    { tag: failed("unauthorized") },
    "unpinned-image hint",
  ],
  ["a tag that is not to be seen", "FROM ghcr.io/acme/app:1.2.3", { tag: failed("forbidden") }, "unpinned-image hint"],
  [
    "a tag of which there may be too many questions",
    pinned,
    { tag: failed("rate-limited"), digest: found(digest, INDEX) },
  ],
  ["a name that is built locally", "FROM myapp:1.2.3", { tag: missing }, "unpinned-image hint"],
  [
    "what may be a build context",
    "FROM scratch\nCOPY --from=assets:1.2.3 a b",
    { tag: missing },
    "unpinned-image hint",
  ],

  ["a digest that is gone", `FROM alpine@${digest}`, { digest: missing }, "digest-not-found error"],
  [
    "a digest that is gone, and its tag moved on",
    pinned,
    { tag: found(other, INDEX), digest: missing },
    "stale-pin information",
    "digest-not-found error",
  ],
  [
    "a digest that is gone with its tag",
    pinned,
    { tag: missing, digest: missing },
    "tag-not-found warning",
    "digest-not-found error",
  ],
  ["a digest that a login may show", pinned, { tag: failed("unauthorized"), digest: failed("unauthorized") }],
  ["a digest that is not to be seen", pinned, { tag: failed("forbidden"), digest: failed("forbidden") }],
  ["a digest of what is built locally", `FROM myapp@${digest}`, { digest: missing }],

  [
    "one platform of several",
    pinned,
    { tag: found(other, INDEX), digest: found(digest, MANIFEST) },
    "platform-digest warning",
  ],
  [
    "one platform of several, as Docker writes them",
    pinned,
    { tag: found(other, dockerIndex), digest: found(digest, dockerManifest) },
    "platform-digest warning",
  ],
  [
    "one platform of several, where one is named",
    withPlatform("linux/amd64"),
    { tag: found(other, INDEX), digest: found(digest, MANIFEST) },
  ],
  ["what tells no media type", pinned, { tag: found(digest, INDEX), digest: found(digest, "") }],

  [
    "a platform that is not there",
    withPlatform("linux/mips64le"),
    { digest: found(digest, INDEX), manifest: index },
    "platform-missing error",
  ],
  [
    "a platform of another system",
    withPlatform("windows/amd64"),
    { digest: found(digest, INDEX), manifest: index },
    "platform-missing error",
  ],
  [
    "a platform of a tag",
    "FROM --platform=s390x alpine:3.22.1",
    { manifest: index },
    "unpinned-image hint",
    "platform-missing error",
  ],
  ["a platform that is there", withPlatform("linux/amd64"), { digest: found(digest, INDEX), manifest: index }],
  ["a platform by another name", withPlatform("aarch64"), { digest: found(digest, INDEX), manifest: index }],
  [
    "a platform that runs a lesser one",
    withPlatform("linux/arm/v7"),
    { digest: found(digest, INDEX), manifest: index },
  ],
  ["a platform that is no name of one", withPlatform("a/b/c/d"), { digest: found(digest, INDEX), manifest: index }],
  ["a platform by a variable", withPlatform("$BUILDPLATFORM"), { digest: found(digest, INDEX), manifest: index }],
  ["no platform", pinned, { digest: found(digest, INDEX), manifest: index }],
  ["a platform, of an image of one", withPlatform("linux/mips64le"), { manifest: manifest("manifest") }],
  ["a platform, of an index that names none", withPlatform("linux/mips64le"), { manifest: manifest("index") }],
  [
    "a platform, of a digest that is gone",
    withPlatform("linux/mips64le"),
    { digest: missing, manifest: index },
    "digest-not-found error",
  ],
];
