/** Situations of delegations: who may sign a tag, and what becomes of a role that fails. */
import { createKey } from "../keys";
import { inDays, type ParityScene, type Situation, targetNamed } from "./scene";

const RELEASES = "targets/releases";

/** `targets/releases` with tag `2`, which is the one that is looked up. */
function withReleases(scene: ParityScene) {
  const releases = scene.repository.delegate(RELEASES, createKey("ecdsa"));
  releases.targets["2"] = targetNamed("good");
  scene.tag = "2";
  return releases;
}

const FALLS_THROUGH =
  "Whoever holds the snapshot key alone could bring a tag back to an old digest in `targets`: decision 13.";

export const delegations: readonly Situation[] = [
  { name: "tag in `targets`", why: null, arrange: () => {} },
  { name: "tag in `targets/releases`", why: null, arrange: (scene) => void withReleases(scene) },
  {
    name: "tag in `targets/releases` and in `targets`, with different digests",
    why: "`notary lookup` begins with `targets`; docker, whose word counts for images, with `targets/releases`.",
    arrange(scene) {
      withReleases(scene);
      scene.repository.targets.targets["2"] = targetNamed("other");
    },
  },
  {
    name: "tag in `targets/bob` alone",
    why: "Docker takes digests from `targets/releases` and `targets` only, and other roles for signers to show.",
    arrange(scene) {
      scene.repository.delegate("targets/bob", createKey("ecdsa")).targets["2"] = targetNamed("good");
      scene.tag = "2";
    },
  },
  {
    name: "tag in a delegation of `targets/releases` alone",
    why: "Docker takes digests from `targets/releases` itself only.",
    arrange(scene) {
      withReleases(scene).targets = {};
      scene.repository.delegate(`${RELEASES}/bob`, createKey("ecdsa")).targets["2"] = targetNamed("good");
    },
  },
  {
    name: "tag outside the paths of its role",
    why: null,
    arrange(scene) {
      withReleases(scene).paths = ["v"];
    },
  },
  {
    name: "tag within the paths of its role",
    why: null,
    arrange(scene) {
      withReleases(scene).paths = ["v", "2"];
    },
  },
  {
    name: "role without paths",
    why: null,
    arrange(scene) {
      withReleases(scene).paths = [];
    },
  },
  {
    name: "`targets/releases` signed by another key, tag nowhere else",
    why: null,
    arrange(scene) {
      withReleases(scene).signers = [createKey("ecdsa")];
    },
  },
  {
    name: "`targets/releases` signed by another key, tag in `targets` too",
    why: FALLS_THROUGH,
    arrange(scene) {
      withReleases(scene).signers = [createKey("ecdsa")];
      scene.repository.targets.targets["2"] = targetNamed("other");
    },
  },
  {
    name: "`targets/bob` signed by another key, tag in `targets/releases`",
    why: null,
    arrange(scene) {
      withReleases(scene);
      scene.repository.delegate("targets/bob", createKey("ecdsa")).signers = [createKey("ecdsa")];
    },
  },
  {
    name: "`targets/releases` expired",
    why: null,
    arrange(scene) {
      withReleases(scene).expires = inDays(-1);
    },
  },
  {
    name: "`targets/releases` below a threshold of 2",
    why: null,
    arrange(scene) {
      const releases = withReleases(scene);
      releases.threshold = 2;
      releases.keys.push(createKey("ecdsa"));
      releases.signers = releases.keys.slice(0, 1);
    },
  },
  {
    name: "`targets/releases` without a key, as after the removal of its last signer",
    why: null,
    arrange(scene) {
      withReleases(scene);
      scene.repository.targets.edit = ({ delegations: { roles } }) => Object.assign(roles[0] ?? {}, { keyids: null });
    },
  },
  {
    name: "`targets/releases` not in the snapshot",
    why: null,
    arrange(scene) {
      withReleases(scene).isListed = false;
    },
  },
  {
    name: "`targets/releases` no longer in the snapshot, tag in `targets` too",
    why: FALLS_THROUGH,
    async arrange(scene) {
      const releases = withReleases(scene);
      await scene.prime();
      scene.repository.targets.targets["2"] = targetNamed("other");
      releases.isListed = false;
      scene.next("targets");
    },
  },
  {
    name: "`targets/releases` with other bytes than the snapshot tells",
    why: null,
    arrange(scene) {
      withReleases(scene);
      const answers = [...scene.published()].map(([path, answer]) => {
        const body = path.includes(`/${RELEASES}.`)
          ? Buffer.from(String(answer.body).replace('"length":1', '"length":2'))
          : answer.body;
        return [path, { ...answer, body }] as const;
      });
      scene.serve(new Map(answers));
    },
  },
  {
    name: "`targets/releases` went back to an older version",
    why: null,
    async arrange(scene) {
      const releases = withReleases(scene);
      releases.version = 3;
      await scene.prime();
      releases.version = 2;
      scene.next("targets");
    },
  },
  {
    name: "delegation removed, and made anew from version 1 before the next look",
    why: null,
    async arrange(scene) {
      withReleases(scene).version = 3;
      await scene.prime();
      withReleases(scene);
      scene.next("targets");
    },
  },
  {
    name: "delegation removed, and made anew from version 1 after another look",
    why: null,
    async arrange(scene) {
      withReleases(scene).version = 3;
      await scene.prime();
      scene.repository.delegations.clear();
      scene.repository.targets.targets["2"] = targetNamed("good");
      scene.next("targets");
      await scene.prime();
      scene.repository.targets.targets = {};
      withReleases(scene);
      scene.next("targets");
    },
  },
  {
    name: "`targets` delegates to a role that is no child of its own",
    why: null,
    arrange(scene) {
      scene.repository.delegate("targets/bob", createKey("ecdsa"));
      scene.repository.targets.edit = ({ delegations: { roles } }) => {
        roles.push(...roles.map((role) => ({ ...role, name: "targets/a/b" })));
      };
    },
  },
  {
    name: "`targets` delegates to one role twice",
    why: null,
    arrange(scene) {
      withReleases(scene);
      scene.repository.targets.edit = ({ delegations: { roles } }) => void roles.push(...roles);
    },
  },
];
