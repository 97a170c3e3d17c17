/** Situations of keys and signatures: too few, too weak, counted twice, or by another name. */
import { hexOf } from "../bench";
import { createKey, type TestKey } from "../keys";
import type { RootBody } from "../metadata";
import type { ParityScene, Situation } from "./scene";

/** The name of a key becomes that of another, wherever root tells of it. */
function renamed(body: RootBody, key: TestKey, id: string): void {
  const wire = body.keys[key.id];
  delete body.keys[key.id];
  if (wire !== undefined) body.keys[id] = wire;
  for (const role of Object.values(body.roles)) role.keyids = role.keyids.map((own) => (own === key.id ? id : own));
}

function firstKeyOf(role: { readonly keys: readonly TestKey[] }): TestKey {
  const [key] = role.keys;
  if (key === undefined) throw new Error("a role without a key");
  return key;
}

export const keys: readonly Situation[] = [
  {
    name: "`targets` changed after it was signed",
    why: null,
    arrange({ repository }) {
      repository.targets.editSigned = ({ signed }) => void signed.version++;
    },
  },
  {
    name: "timestamp signed by the snapshot's key",
    why: null,
    arrange({ repository }) {
      repository.timestamp.signers = repository.snapshot.keys;
    },
  },
  {
    name: "timestamp signed by a key that calls itself the right one",
    why: null,
    arrange({ repository }) {
      repository.timestamp.signers = [{ key: createKey("ecdsa"), keyId: firstKeyOf(repository.timestamp).id }];
    },
  },
  {
    name: "key whose id is not that of its content",
    why: null,
    arrange({ repository }) {
      const key = firstKeyOf(repository.timestamp);
      const other = createKey("ecdsa").id;
      repository.root.edit = (body) => renamed(body, key, other);
      repository.timestamp.signers = [{ key, keyId: other }];
    },
  },
  {
    name: "key whose id is not that of its content, of no role",
    why: "Whoever lists a key by a wrong name lies, and nothing else of it is believed.",
    arrange({ repository }) {
      const key = createKey("ecdsa");
      repository.root.otherKeys.push(key);
      repository.root.edit = (body) => renamed(body, key, createKey("ecdsa").id);
    },
  },
  {
    name: "threshold of 2 with one signature",
    why: null,
    arrange({ repository: { targets } }) {
      targets.keys.push(createKey("ecdsa"));
      targets.threshold = 2;
      targets.signers = targets.keys.slice(0, 1);
    },
  },
  {
    name: "threshold of 2 with two signatures",
    why: null,
    arrange({ repository: { targets } }) {
      targets.keys.push(createKey("ed25519"));
      targets.threshold = 2;
    },
  },
  {
    name: "threshold of 2 with two signatures of one key",
    why: null,
    arrange({ repository: { targets } }) {
      const key = firstKeyOf(targets);
      targets.keys.push(createKey("ecdsa"));
      targets.threshold = 2;
      targets.signers = [key, key];
    },
  },
  {
    name: "threshold of 2 with one key in two spellings",
    why: "A key that stands there plain and in a certificate is still one, and its holder one signer.",
    arrange({ repository: { targets } }) {
      targets.keys.push(createKey("ecdsa-x509", { pair: firstKeyOf(targets) }));
      targets.threshold = 2;
    },
  },
  {
    name: "right signature behind a hundred others",
    why: "More than a hundred are not tried: the server chooses their number.",
    arrange({ repository: { timestamp } }) {
      const key = createKey("ed25519");
      const others = Array.from({ length: 100 }, (_, index) => ({ key, keyId: hexOf(String(index)) }));
      timestamp.signers = [...others, ...timestamp.keys];
    },
  },
  {
    name: "threshold of 0, unsigned",
    why: null,
    arrange({ repository: { targets } }) {
      targets.threshold = 0;
      targets.signers = [];
    },
  },
  {
    name: "threshold of 0, signed",
    why: null,
    arrange({ repository: { targets } }) {
      targets.threshold = 0;
    },
  },
  {
    name: "role names a key that root lacks",
    why: null,
    arrange({ repository: { root } }) {
      root.edit = ({ roles }) => void roles.targets?.keyids.push(createKey("ecdsa").id);
    },
  },
  {
    name: "role names a key twice",
    why: "Notary itself never writes it; counted naively, one signature would be two.",
    arrange({ repository: { root } }) {
      root.edit = ({ roles: { targets } }) => void targets?.keyids.push(...targets.keyids);
    },
  },
  { name: "RSA key of 2048 bits, PSS", why: null, arrange: (scene) => rsaTimestamp(scene, 2048, "rsapss") },
  {
    name: "RSA key of 2048 bits, PKCS #1 v1.5",
    why: null,
    arrange: (scene) => rsaTimestamp(scene, 2048, "rsapkcs1v15"),
  },
  { name: "RSA key of 1024 bits", why: null, arrange: (scene) => rsaTimestamp(scene, 1024, "rsapss") },
  {
    name: "P-384 key",
    why: null,
    arrange({ repository: { timestamp } }) {
      timestamp.keys = [createKey("ecdsa", { curve: "secp384r1" })];
    },
  },
];

function rsaTimestamp(
  { repository: { timestamp } }: ParityScene,
  bits: number,
  method: "rsapss" | "rsapkcs1v15",
): void {
  const key = createKey("rsa", { bits });
  timestamp.keys = [key];
  timestamp.signers = [{ key, method }];
}
