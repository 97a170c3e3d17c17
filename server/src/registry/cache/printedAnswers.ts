/**
 * How answers are printed for the cache, and read from it. Pure. What is read has the form that a registry's answer has
 * once it was checked, and what a digest covers is hashed again: an entry is believed no more than that.
 */
import { type Digest, parseDigest } from "../../reference/digest";
import { objectIn, parseObject } from "../jsonObject";
import { digestOf } from "../manifest";
import type { RawManifest } from "../manifestRequests";
import type { Descriptor, Referrer, TagList } from "../registry";
import type { Question } from "./answerMemory";

type Printed<T> = Pick<Question<T>, "print" | "parse">;

/** A descriptor, and the mirror that told it. */
export type ResolvedBy = Descriptor & { readonly mirror: string | null };

export const printedDescriptor: Printed<ResolvedBy> = {
  print: (answer) => Buffer.from(JSON.stringify(answer)),
  parse(body) {
    const members = parseObject(body);
    const digest = parseDigest(textIn(members?.get("digest")));
    const [mediaType, size = null, mirror = null] = ["mediaType", "size", "mirror"].map((name) => members?.get(name));
    if (digest === null || typeof mediaType !== "string") return null;
    if (size !== null && !(typeof size === "number" && Number.isSafeInteger(size))) return null;
    return mirror === null || typeof mirror === "string" ? { digest, mediaType, size, mirror } : null;
  },
};

export const printedTags: Printed<TagList> = {
  print: (answer) => Buffer.from(JSON.stringify(answer)),
  parse(body) {
    const members = parseObject(body);
    const tags = members?.get("tags");
    const isComplete = members?.get("isComplete");
    if (!Array.isArray(tags) || typeof isComplete !== "boolean") return null;
    return tags.every((tag) => typeof tag === "string") ? { tags, isComplete } : null;
  },
};

export const printedReferrers: Printed<readonly Referrer[]> = {
  print: (referrers) => Buffer.from(JSON.stringify({ referrers })),
  parse(body) {
    const listed = parseObject(body)?.get("referrers");
    if (!Array.isArray(listed)) return null;
    const referrers = listed.flatMap((entry) => {
      const members = objectIn(entry);
      const digest = parseDigest(textIn(members?.get("digest")));
      if (members === null || digest === null) return [];
      return { artifactType: textIn(members.get("artifactType")), digest, mediaType: textIn(members.get("mediaType")) };
    });
    return referrers.length === listed.length ? referrers : null;
  },
};

/** A line with the media type, and the bytes. */
export function printedManifest(digest: Digest): Printed<RawManifest> {
  return {
    print: ({ mediaType, body }) => Buffer.concat([Buffer.from(`${mediaType}\n`), body]),
    parse(printed) {
      const lineEnd = printed.indexOf("\n");
      const body = printed.subarray(lineEnd + 1);
      if (lineEnd === -1 || digestOf(body, digest) !== digest) return null;
      return { digest, mediaType: printed.toString("utf8", 0, lineEnd), body };
    },
  };
}

export function printedBlob(digest: Digest): Printed<Buffer> {
  return { print: (body) => body, parse: (body) => (digestOf(body, digest) === digest ? body : null) };
}

function textIn(value: unknown): string {
  return typeof value === "string" ? value : "";
}
