/** Situations of the form: JSON, numbers, dates, methods and fields, in metadata that is signed by the right keys. */
import { createKey } from "../keys";
import { inDays, type ParityScene, type Situation, targetNamed } from "./scene";

/** Changes the text of `targets`, after which timestamp and snapshot still tell the right hashes. */
function targetsAs(change: (text: string) => string): Situation["arrange"] {
  return ({ repository }: ParityScene) => {
    repository.targets.editBytes = (bytes) => Buffer.from(change(String(bytes)));
  };
}

const WHOLE = "Metadata is refused as a whole where a target is malformed; notary looks at the tag that is asked for.";

export const forms: readonly Situation[] = [
  {
    name: "method in upper case",
    why: null,
    arrange({ repository }) {
      repository.timestamp.editSigned = ({ signatures }) => {
        for (const signature of signatures) signature.method = signature.method.toUpperCase();
      };
    },
  },
  {
    name: "method of another type of key",
    why: null,
    arrange({ repository }) {
      repository.timestamp.editSigned = ({ signatures }) => {
        for (const signature of signatures) signature.method = "eddsa";
      };
    },
  },
  {
    name: "signatures of unknown keys beside",
    why: null,
    arrange({ repository }) {
      const others = [createKey("ecdsa"), createKey("ed25519")];
      for (const role of [repository.targets, repository.timestamp]) role.signers = [...others, ...role.keys];
    },
  },
  {
    name: "file indented, with hashes that say so",
    why: null,
    arrange: targetsAs((text) => JSON.stringify(JSON.parse(text), null, 2)),
  },
  { name: "white space behind the end", why: null, arrange: targetsAs((text) => `${text}\n\n`) },
  { name: "more JSON behind the end", why: null, arrange: targetsAs((text) => `${text}{}`) },
  {
    name: "fields that nobody knows, signed",
    why: null,
    arrange({ repository }) {
      repository.targets.edit = (body) => Object.assign(body, { "x-new": { list: [1, null, true] } });
    },
  },
  {
    name: "JSON key twice, the last with what was signed",
    why: "Two readers can understand it differently, so that it is refused.",
    arrange: targetsAs((text) => text.replace('"version":1}', '"version":2,"version":1}')),
  },
  {
    name: "version 1.0",
    why: null,
    arrange: targetsAs((text) => text.replace('"version":1}', '"version":1.0}')),
  },
  {
    name: "version 1e0",
    why: null,
    arrange: targetsAs((text) => text.replace('"version":1}', '"version":1e0}')),
  },
  {
    name: "version 0",
    why: null,
    arrange({ repository }) {
      repository.targets.version = 0;
    },
  },
  {
    name: "`_type` of another role",
    why: null,
    arrange({ repository }) {
      repository.targets.edit = (body) => Object.assign(body, { _type: "Snapshot" });
    },
  },
  {
    name: "`_type` in lower case",
    why: null,
    arrange({ repository }) {
      repository.targets.edit = (body) => Object.assign(body, { _type: "targets" });
    },
  },
  {
    name: "date without a time",
    why: null,
    arrange({ repository }) {
      repository.targets.expires = inDays(90).slice(0, 10);
    },
  },
  {
    name: "date in another time zone",
    why: null,
    arrange({ repository }) {
      repository.targets.expires = inDays(90).replace("Z", "+02:00");
    },
  },
  {
    name: "target with sha512 alone",
    why: null,
    arrange({ repository }) {
      repository.targets.targets["1"] = { length: 1, hashes: { sha512: Buffer.alloc(64, 1).toString("base64") } };
    },
  },
  {
    name: "target with sha512 alone, in another tag",
    why: null,
    arrange({ repository }) {
      repository.targets.targets["2"] = { length: 1, hashes: { sha512: Buffer.alloc(64, 1).toString("base64") } };
    },
  },
  {
    name: "target with a sha256 of 31 bytes, in another tag",
    why: WHOLE,
    arrange({ repository }) {
      repository.targets.targets["2"] = { length: 1, hashes: { sha256: Buffer.alloc(31).toString("base64") } };
    },
  },
  {
    name: "target with custom data",
    why: null,
    arrange({ repository }) {
      repository.targets.targets["1"] = { ...targetNamed("good"), custom: { any: ["thing", 1] } };
    },
  },
  {
    name: "target with custom data that is nested 25 deep",
    why: "What is read before it is verified has to have an end.",
    arrange({ repository }) {
      const custom = Array.from({ length: 25 }).reduce<unknown>((inner) => [inner], 1);
      repository.targets.targets["2"] = { ...targetNamed("other"), custom };
    },
  },
  {
    name: "snapshot lists no root",
    why: null,
    arrange({ repository }) {
      repository.snapshot.edit = ({ meta }) => void delete meta.root;
    },
  },
  {
    name: "snapshot lists no targets",
    why: null,
    arrange({ repository }) {
      repository.snapshot.edit = ({ meta }) => void delete meta.targets;
    },
  },
];
