/** Situations of time: what has expired, went back, or is a mixture of two states. */
import { createKey } from "../keys";
import { inDays, type Situation, targetNamed } from "./scene";

const roles = ["timestamp", "snapshot", "targets", "root"] as const;

export const freshness: readonly Situation[] = [
  ...roles.map(
    (role): Situation => ({
      name: `${role} expired`,
      why: null,
      arrange(scene) {
        scene.draft(role).expires = inDays(-1);
      },
    }),
  ),
  ...roles.map(
    (role): Situation => ({
      name: `${role} expired after a good look`,
      why: null,
      async arrange(scene) {
        await scene.prime();
        scene.draft(role).expires = inDays(-1);
        scene.next(role);
      },
    }),
  ),
  {
    name: "an older state as a whole",
    why: null,
    async arrange(scene) {
      const old = scene.published();
      scene.next("targets");
      await scene.prime();
      scene.serve(old);
    },
  },
  ...(["snapshot", "targets"] as const).map(
    (role): Situation => ({
      name: `${role} went back, under a newer timestamp`,
      why: null,
      async arrange(scene) {
        scene.draft(role).version = 3;
        await scene.prime();
        scene.next();
        scene.draft(role).version = 2;
      },
    }),
  ),
  {
    name: "root went back, under newer metadata",
    why: null,
    async arrange(scene) {
      const { root, timestamp } = scene.repository;
      root.version = 3;
      await scene.prime();
      scene.next();
      root.version = 2;
      timestamp.keys = [createKey("ecdsa")];
    },
  },
  {
    name: "timestamp of the same version, with other content",
    why: null,
    async arrange(scene) {
      await scene.prime();
      scene.repository.targets.targets["1"] = targetNamed("other");
    },
  },
  {
    name: "root of the same version, with another timestamp key",
    why: null,
    async arrange(scene) {
      await scene.prime();
      scene.repository.timestamp.keys = [createKey("ecdsa")];
    },
  },
  {
    name: "timestamp of one state, snapshot of another",
    why: null,
    arrange(scene) {
      const old = scene.published();
      scene.next("targets");
      const recent = scene.published();
      const mixed = new Map(recent);
      const snapshot = [...old].find(([path]) => path.endsWith("/snapshot.json"))?.[1];
      for (const path of mixed.keys()) if (path.includes("/snapshot.") && snapshot) mixed.set(path, snapshot);
      scene.serve(mixed);
    },
  },
  ...(["shorter", "longer"] as const).map(
    (which): Situation => ({
      name: `snapshot ${which} than the timestamp tells`,
      why: which === "shorter" ? "A wrong length is wrong although the hash holds; notary takes it for a limit." : null,
      arrange({ repository: { timestamp } }) {
        timestamp.edit = ({ meta: { snapshot } }) => {
          if (snapshot !== undefined) snapshot.length += which === "longer" ? -1 : 1;
        };
      },
    }),
  ),
  {
    name: "snapshot's length told as 0",
    why: null,
    arrange({ repository: { timestamp } }) {
      timestamp.edit = ({ meta: { snapshot } }) => Object.assign(snapshot ?? {}, { length: 0 });
    },
  },
  {
    name: "snapshot that tells of another root",
    why: null,
    arrange(scene) {
      scene.repository.snapshot.edit = ({ meta }) => {
        if (meta.targets !== undefined) meta.root = meta.targets;
      };
    },
  },
];
