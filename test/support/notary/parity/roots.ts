/** Situations of a root that changes: the way from the one that is believed to the newest. */
import { createKey } from "../keys";
import { Repository } from "../repository";
import { DAY_MS, GUN, inDays, type ParityScene, type Situation, targetNamed } from "./scene";

const WAY = "Every version on the way is asked for in turn (TUF specification, 5.3).";
const LATE = "Whoever stayed away for years could follow no more; their signatures hold (TUF specification, 5.3.6).";

/** Rotates the root, with what else a new root brings along. */
function rotate({ repository }: ParityScene, ...keys: Parameters<Repository["rotateRoot"]>): void {
  repository.rotateRoot(...keys);
  // Only a timestamp that the old root does not know makes either of the two ask for the new one.
  repository.timestamp.keys = [createKey("ecdsa")];
}

function without(scene: ParityScene, name: string): void {
  scene.serve(new Map([...scene.published()].filter(([path]) => !path.endsWith(`/${name}`))));
}

function expiredKey() {
  const at = (days: number) => new Date(Date.now() + days * DAY_MS);
  return createKey("ecdsa-x509", { certificate: { commonName: GUN, notBefore: at(-20), notAfter: at(-1) } });
}

export const roots: readonly Situation[] = [
  {
    name: "root rotated",
    why: null,
    async arrange(scene) {
      await scene.prime();
      rotate(scene);
      scene.next();
    },
  },
  {
    name: "root rotated twice between two looks",
    why: null,
    async arrange(scene) {
      await scene.prime();
      rotate(scene);
      scene.published();
      rotate(scene);
      scene.next();
    },
  },
  {
    name: "root rotated twice, and the version between is missing",
    why: null,
    async arrange(scene) {
      await scene.prime();
      rotate(scene);
      rotate(scene);
      scene.next();
      without(scene, "2.root.json");
    },
  },
  {
    name: "newest root signed by the first, although a version lies between that is missing",
    why: WAY,
    async arrange(scene) {
      const { root } = scene.repository;
      await scene.prime();
      const [first] = root.keys;
      rotate(scene);
      rotate(scene);
      scene.next();
      root.signers = [...(first ? [first] : []), ...root.keys];
      without(scene, "2.root.json");
    },
  },
  {
    name: "newest root signed by the first, and not by the one between",
    why: WAY,
    async arrange(scene) {
      const { root } = scene.repository;
      await scene.prime();
      const [first] = root.keys;
      rotate(scene);
      scene.published();
      rotate(scene);
      scene.next();
      root.signers = [...(first ? [first] : []), ...root.keys];
    },
  },
  {
    name: "version between with an expired certificate",
    why: LATE,
    async arrange(scene) {
      await scene.prime();
      rotate(scene, expiredKey());
      scene.published();
      rotate(scene);
      scene.next();
    },
  },
  {
    name: "version between that expired",
    why: null,
    async arrange(scene) {
      const { root } = scene.repository;
      await scene.prime();
      const { expires } = root;
      rotate(scene);
      root.expires = inDays(-1);
      scene.published();
      rotate(scene);
      root.expires = expires;
      scene.next();
    },
  },
  {
    name: "believed root with a certificate that expired since",
    why: LATE,
    async arrange(scene) {
      const { root } = scene.repository;
      root.keys = [expiredKey()];
      scene.published();
      await scene.trustRoot(scene.repository.files.get("root.json") ?? Buffer.alloc(0));
      rotate(scene);
      scene.next();
    },
  },
  {
    name: "believed root that expired since",
    why: null,
    async arrange(scene) {
      const { root } = scene.repository;
      const { expires } = root;
      root.expires = inDays(-1);
      scene.published();
      await scene.trustRoot(scene.repository.files.get("root.json") ?? Buffer.alloc(0));
      rotate(scene);
      root.expires = expires;
      scene.next();
    },
  },
  {
    name: "new root without the signature of the old one",
    why: null,
    async arrange(scene) {
      await scene.prime();
      rotate(scene);
      scene.repository.root.signers = scene.repository.root.keys;
      scene.next();
    },
  },
  {
    name: "new root without its own signature",
    why: null,
    async arrange(scene) {
      const { root } = scene.repository;
      await scene.prime();
      const old = root.keys;
      rotate(scene);
      root.signers = old;
      scene.next();
    },
  },
  {
    name: "new root below the threshold of the old one",
    why: null,
    async arrange(scene) {
      const { root } = scene.repository;
      root.keys.push(scene.repository.createRootKey());
      root.threshold = 2;
      await scene.prime();
      const [first] = root.keys;
      rotate(scene);
      root.threshold = 1;
      root.signers = [...(first ? [first] : []), ...root.keys];
      scene.next();
    },
  },
  {
    name: "repository made anew by somebody else",
    why: null,
    async arrange(scene) {
      await scene.prime();
      scene.repository = new Repository({ gun: GUN });
      scene.repository.targets.targets["1"] = targetNamed("other");
    },
  },
  {
    name: "trust data of another repository in the place of this one",
    why: null,
    arrange(scene) {
      const other = new Repository({ gun: `${GUN}2` });
      other.targets.targets["1"] = targetNamed("other");
      other.publish();
      const answers = [...other.recording()].map(
        ([path, answer]) => [path.replace(`${GUN}2/`, `${GUN}/`), answer] as const,
      );
      scene.serve(new Map(answers));
    },
  },
  {
    name: "targets key rotated",
    why: null,
    async arrange(scene) {
      await scene.prime();
      scene.repository.targets.keys = [createKey("ecdsa")];
      scene.next("root", "targets");
    },
  },
  {
    name: "`targets` still signed by the key that was rotated away",
    why: null,
    async arrange(scene) {
      const { targets } = scene.repository;
      await scene.prime();
      targets.signers = targets.keys;
      targets.keys = [createKey("ecdsa")];
      scene.next("root");
    },
  },
];
