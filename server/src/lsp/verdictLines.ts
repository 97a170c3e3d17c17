/** What a hover says of a verdict, line by line. Everything that comes from elsewhere is escaped for where it is shown. */
import type { Judgement } from "../facts/types";
import type { RootFacts, Scheme, SignatureFacts, Verdict, Vouching } from "../trust/verdict";
import type { Markup } from "./markup";

/** Digits of a key's id that a hover shows. */
const SHORT_KEY = 12;

const schemeNames: Readonly<Record<Scheme, string>> = {
  notary: "Docker Content Trust",
  sigstore: "Sigstore",
  notation: "Notary Project",
};

const vouchers: Readonly<Record<Vouching, string>> = {
  user: "your policy",
  "built-in": "the list of known publishers",
  repository: "the repository's policy",
};

export function verdictLines({ verdict, answer, requirement }: Judgement, markup: Markup): string[] {
  const lines = linesOf(verdict, markup);
  const served = answer.kind === "found" ? answer.descriptor.digest : null;
  if ("digest" in verdict && served !== null && served !== verdict.digest) {
    lines.push(`The registry serves another digest: ${markup.code(served)}`);
  }
  if (requirement !== "none") lines.push("A signature is required for this image.");
  return lines;
}

function linesOf(verdict: Verdict, markup: Markup): string[] {
  switch (verdict.kind) {
    case "verified":
      return [
        `${markup.strong("Verified")} ${signedBy(verdict, markup)} · vouched for by ${vouchers[verdict.vouchedBy]}`,
        ...signatureLines(verdict, markup),
      ];
    case "signed-by-unknown":
      return [
        `${markup.strong("Signed")} ${signedBy(verdict, markup)} · named by no policy`,
        ...signatureLines(verdict, markup),
      ];
    case "unsigned":
      return [
        `${markup.strong("Unsigned")} · ${markup.text(verdict.message)}`,
        ...(verdict.signedDigest === null ? [] : [`The tag is signed with ${markup.code(verdict.signedDigest)}`]),
        ...tagLine("Signed tags", verdict.signedTags, markup),
      ];
    case "untrusted":
    case "invalid": {
      const { step, code, message } = verdict.failure;
      const name = verdict.kind === "untrusted" ? "Untrusted signer" : "Invalid signature";
      return [
        `${markup.strong(name)} · ${markup.text(message)}`,
        `Failed at ${markup.text(step)} (${markup.text(code)}), ${schemeNames[verdict.scheme]}`,
      ];
    }
    case "unavailable":
      return [`${markup.strong("Signature could not be checked")} · ${markup.text(verdict.failure.message)}`];
    case "not-checked":
      return [];
  }
}

function signedBy({ signers, scheme }: SignatureFacts, markup: Markup): string {
  const shown = signers.map(({ name, key }) => `${markup.code(name)} (key ${markup.code(shortKey(key))})`);
  return `by ${shown.join(", ")} with ${schemeNames[scheme]}`;
}

function signatureLines(signature: SignatureFacts, markup: Markup): string[] {
  const { root, validUntil, binds, otherTags, signedTags, notes } = signature;
  return [
    ...(root === null ? [] : [rootLine(root, markup)]),
    `Good until ${day(validUntil)} · ${binds === "tag" ? "binds the tag to the digest" : "binds the digest; that the tag stands for it is the registry's word"}`,
    ...tagLine("Not signed for this tag, but for", otherTags, markup),
    ...tagLine("Signed tags nearby", signedTags, markup),
    ...notes.map((note) => markup.text(note)),
  ];
}

function rootLine({ keys, firstSeen, trust }: RootFacts, markup: Markup): string {
  const how = {
    pinned: "pinned by policy",
    "first-use": "trusted on first use",
    docker: "taken over from the docker client",
  };
  const shown = keys.map((key) => markup.code(shortKey(key)));
  return `Root key ${shown.join(", ")}, ${how[trust]}, first seen ${day(firstSeen)}`;
}

function tagLine(label: string, tags: readonly string[], markup: Markup): string[] {
  return tags.length === 0 ? [] : [`${label}: ${tags.map((tag) => markup.code(tag)).join(" ")}`];
}

function shortKey(key: string): string {
  return key.length > SHORT_KEY ? `${key.slice(0, SHORT_KEY)}…` : key;
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
