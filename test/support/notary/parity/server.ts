/** Situations of a server that lacks, withholds or refuses trust data, at once or after a good look. */
import type { ParityScene, Situation } from "./scene";

const REMOVED = "Trust data that vanished is no network failure: notary goes on with what it has kept.";
const REFUSED = "A server that refuses has answered; what it said before is not taken for its answer.";

function answering(status: number): Situation["arrange"] {
  return (scene: ParityScene) => {
    const answers = [...scene.published()].map(([path, answer]) =>
      path === "/v2/" ? ([path, answer] as const) : ([path, { ...answer, status, body: Buffer.from("{}") }] as const),
    );
    scene.serve(new Map(answers));
  };
}

function afterwards(arrange: Situation["arrange"]): Situation["arrange"] {
  return async (scene) => {
    await scene.prime();
    await arrange(scene);
  };
}

function without(name: RegExp): Situation["arrange"] {
  return (scene) => scene.serve(new Map([...scene.published()].filter(([path]) => !name.test(path))));
}

const statuses: readonly (readonly [status: number, why: string | null])[] = [
  [404, REMOVED],
  [401, REFUSED],
  [403, REFUSED],
  [429, null],
  [500, null],
  [503, null],
];

export const server: readonly Situation[] = [
  ...statuses.map(([status]) => ({ name: `${status}`, why: null, arrange: answering(status) })),
  ...statuses.map(([status, why]) => ({
    name: `${status} after a good look`,
    why,
    arrange: afterwards(answering(status)),
  })),
  { name: "no timestamp", why: null, arrange: without(/\/timestamp\.json$/) },
  { name: "no timestamp after a good look", why: REMOVED, arrange: afterwards(without(/\/timestamp\.json$/)) },
  { name: "no snapshot", why: null, arrange: without(/\/snapshot\./) },
  {
    name: "no new snapshot after a good look",
    why: null,
    arrange: afterwards((scene) => {
      scene.next("targets");
      without(/\/snapshot\./)(scene);
    }),
  },
  { name: "no targets", why: null, arrange: without(/\/targets\./) },
  {
    name: "nothing but the timestamp after a good look",
    why: null,
    arrange: afterwards(without(/\/(?:\d+\.)?(?:root|snapshot|targets)\./)),
  },
  {
    name: "timestamp without an end",
    why: null,
    arrange(scene) {
      scene.serve(scene.published());
      scene.proxy.refuse("endless", (path) => path.endsWith("/timestamp.json"));
    },
  },
  {
    name: "no trust data for the tag",
    why: null,
    arrange(scene) {
      scene.tag = "2";
    },
  },
];
