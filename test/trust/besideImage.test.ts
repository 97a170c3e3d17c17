import assert from "node:assert/strict";
import type { Referrer } from "../../server/src/registry/registry";
import { type Registry, RegistryError, type RegistryErrorCode } from "../../server/src/registry/registry";
import { recognizedSchemes } from "../../server/src/trust/besideImage";
import type { TrustRule } from "../../server/src/trust/policy/trustRule";
import { startEmbeddedRegistry } from "../support/embeddedRegistry";
import { referenceTo, registryClient } from "../support/registryClients";
import { content, OCI_INDEX, OCI_MANIFEST, type SampleImage, sampleImage } from "../support/sampleImages";
import { signedDigest } from "../support/schemes";

const reference = referenceTo("registry.example/acme/app:1");
const signal = new AbortController().signal;

/** What lies beside the image: artifact types of referrers, the `.sig` tag, or an error of either request. */
interface Beside {
  readonly referrers?: readonly string[] | RegistryErrorCode;
  readonly tag?: true | RegistryErrorCode;
  /** What the manifests of referrers say of themselves, or an error of reading them. */
  readonly manifests?: string | RegistryErrorCode;
}

function registryWith({
  referrers = [],
  tag = "not-found",
  manifests,
}: Beside): Registry & { readonly tags: string[] } {
  const tags: string[] = [];
  const fail = (code: RegistryErrorCode) => new RegistryError(code, `It said ${code}.`);
  return {
    tags,
    async resolve({ tag: name }) {
      tags.push(name ?? "");
      if (tag !== true) throw fail(tag);
      return { digest: signedDigest, mediaType: "", size: null, mirror: null, answeredAt: new Date(0) };
    },
    async fetchReferrers() {
      if (typeof referrers === "string") throw fail(referrers);
      return referrers.map((artifactType): Referrer => ({ artifactType, digest: signedDigest, mediaType: "" }));
    },
    async fetchManifest(_reference, digest) {
      assert.ok(manifests, "no manifest is needed");
      if (!manifests.includes("/")) throw fail(manifests as RegistryErrorCode);
      const nothing = { platforms: [], children: [], configuration: null, annotations: new Map() };
      return { digest, mediaType: "", size: 1, kind: "manifest", artifactType: manifests, ...nothing };
    },
    fetchConfiguration: () => assert.fail("no configuration is needed"),
    listTags: () => assert.fail("no list of tags is needed"),
  };
}

const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const NOTATION = "application/vnd.cncf.notary.signature";

const cases: readonly (readonly [what: string, beside: Beside, sigstore: string, notation: string])[] = [
  ["nothing", {}, "unsigned", "unsigned"],
  ["a .sig tag", { tag: true }, "unavailable scheme-not-supported", "unsigned"],
  ["a bundle", { referrers: [BUNDLE] }, "unavailable scheme-not-supported", "unsigned"],
  [
    "a bundle of an older version",
    { referrers: ["application/vnd.dev.sigstore.bundle.v0.1+json"] },
    "unavailable scheme-not-supported",
    "unsigned",
  ],
  [
    "a signature of cosign as a referrer",
    { referrers: ["application/vnd.dev.cosign.artifact.sig.v1+json"] },
    "unavailable scheme-not-supported",
    "unsigned",
  ],
  ["a signature of notation", { referrers: [NOTATION] }, "unsigned", "unavailable scheme-not-supported"],
  ["both", { referrers: [NOTATION, BUNDLE] }, "unavailable scheme-not-supported", "unavailable scheme-not-supported"],
  ["something else", { referrers: ["application/spdx+json", `x${NOTATION}`] }, "unsigned", "unsigned"],
  [
    "a bundle whose kind the list does not tell",
    { referrers: [""], manifests: BUNDLE },
    "unavailable scheme-not-supported",
    "unsigned",
  ],
  [
    "a bundle that the list tells wrong",
    { referrers: ["application/vnd.oci.empty.v1+json"], manifests: BUNDLE },
    "unavailable scheme-not-supported",
    "unsigned",
  ],
  [
    "a signature of notation that the list tells wrong",
    { referrers: ["application/vnd.oci.image.config.v1+json"], manifests: NOTATION },
    "unsigned",
    "unavailable scheme-not-supported",
  ],
  [
    "something else whose kind the list does not tell",
    { referrers: [""], manifests: "application/spdx+json" },
    "unsigned",
    "unsigned",
  ],
  [
    "something whose kind can't be found out",
    { referrers: [""], manifests: "forbidden" },
    "unavailable forbidden",
    "unavailable forbidden",
  ],
  [
    "more of an unknown kind than can be looked into",
    { referrers: Array(21).fill(""), manifests: "application/spdx+json" },
    "unavailable too-large",
    "unavailable too-large",
  ],
  [
    "a registry that fails for referrers",
    { referrers: "server-error" },
    "unavailable server-error",
    "unavailable server-error",
  ],
  ["a registry that refuses the tag", { tag: "forbidden" }, "unavailable forbidden", "unsigned"],
  ["a tag that is no manifest", { tag: "unsupported-manifest" }, "unavailable unsupported-manifest", "unsigned"],
];

describe("beside an image", () => {
  for (const [what, beside, sigstore, notation] of cases) {
    it(`${what}: sigstore ${sigstore}, notation ${notation}`, async () => {
      const registry = registryWith(beside);
      const schemes = recognizedSchemes(registry);
      const shown = await Promise.all(
        [schemes.sigstore, schemes.notation].map(async (scheme) => {
          const answer = await scheme.check({ reference, served: signedDigest, rule: null }, { signal });
          return "failure" in answer ? `${answer.kind} ${answer.failure.code}` : answer.kind;
        }),
      );
      assert.deepEqual(shown, [sigstore, notation]);
      assert.deepEqual(registry.tags, [`sha256-${"5".repeat(64)}.sig`]);
    });
  }

  it("the digest of a pin counts, and not the one that its tag stands for", async () => {
    const registry = registryWith({});
    const pinned = referenceTo(`registry.example/acme/app:1@sha256:${"7".repeat(64)}`);
    await recognizedSchemes(registry).sigstore.check(
      { reference: pinned, served: signedDigest, rule: null },
      { signal },
    );
    assert.deepEqual(registry.tags, [`sha256-${"7".repeat(64)}.sig`]);
  });

  it("a sha512 makes no tag, so that none is asked for", async () => {
    const registry = registryWith({ tag: "malformed-answer" });
    const pinned = referenceTo(`registry.example/acme/app@sha512:${"7".repeat(128)}`);
    const answer = await recognizedSchemes(registry).sigstore.check(
      { reference: pinned, served: null, rule: null },
      { signal },
    );
    assert.deepEqual([answer.kind, registry.tags], ["unsigned", []]);
  });

  it("nothing is known where the registry did not answer", async () => {
    for (const scheme of Object.values(recognizedSchemes(registryWith({})))) {
      const answer = await scheme.check({ reference, served: null, rule: null }, { signal });
      assert.equal(answer.kind, "unavailable");
    }
  });

  it("nobody has to look where a policy names the scheme: it can't be verified", async () => {
    const registry = registryWith({ tag: true });
    const rule: TrustRule = { images: [], require: true, terms: { scheme: "sigstore" }, vouchedBy: "user", key: "" };
    const answer = await recognizedSchemes(registry).sigstore.check(
      { reference, served: signedDigest, rule },
      { signal },
    );
    assert.equal(answer.kind === "unavailable" && answer.failure.code, "scheme-not-supported");
    assert.deepEqual(registry.tags, []);
  });
});

describe("beside an image in a registry", () => {
  const image = sampleImage("acme/app", ["1"]);
  const plain = sampleImage("acme/plain", ["1"]);
  const name = (digest: string) => digest.replace(":", "-");
  const bundle = content(OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: BUNDLE,
    config: { mediaType: "application/vnd.oci.empty.v1+json", digest: image.root.digest, size: 2 },
    layers: [],
    subject: { mediaType: image.root.mediaType, digest: image.root.digest, size: image.root.body.length },
  });
  const list = content(OCI_INDEX, {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [{ mediaType: OCI_MANIFEST, digest: bundle.digest, size: bundle.body.length }],
  });
  const beside = { children: [], blobs: [] };

  for (const [what, images, quirks] of [
    [
      "cosign's tag",
      [image, { repository: "acme/app", tags: [`${name(image.root.digest)}.sig`], root: bundle, ...beside }],
      {},
    ],
    [
      "a bundle under the fallback tag, whose kind is in its manifest alone",
      [image, { repository: "acme/app", tags: [name(image.root.digest)], root: list, children: [bundle], blobs: [] }],
      {},
    ],
    [
      "a bundle that the API lists",
      [image, { repository: "acme/app", tags: ["any"], root: bundle, ...beside }],
      { referrersApi: true },
    ],
  ] as const) {
    it(`${what} is found, and no image without it is taken for signed`, async () => {
      const registry = await startEmbeddedRegistry({ images: [...images, plain], quirks });
      try {
        const { sigstore } = recognizedSchemes(registryClient());
        const check = ({ repository, root }: SampleImage) => {
          const asked = referenceTo(`${registry.host}/${repository}:1`);
          return sigstore.check({ reference: asked, served: root.digest, rule: null }, { signal });
        };
        assert.equal((await check(image)).kind, "unavailable");
        assert.equal((await check(plain)).kind, "unsigned");
      } finally {
        await registry.close();
      }
    });
  }
});
