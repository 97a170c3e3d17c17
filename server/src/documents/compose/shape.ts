/**
 * Which parts of a Compose file are read, and in which forms they may be written (compose-spec, `schema/compose-spec.json`;
 * compose-go, `transform/canonical.go`). Data only.
 */

export interface Shape {
  /** A scalar is a value here. */
  readonly isText?: boolean;
  /** Also one of another type than text. */
  readonly isAny?: boolean;
  /** Its text is `name=value`. */
  readonly isPair?: boolean;
  /** A scalar stands for a mapping with this one key. */
  readonly short?: string;
  /** The keys of a mapping that are read. */
  readonly fields?: Readonly<Record<string, Shape>>;
  /** What stands under every key of a mapping. */
  readonly entries?: Shape;
  /** What stands in a list. */
  readonly items?: Shape;
  /** One item may stand in place of a list of one. */
  readonly isList?: boolean;
  /** A list stands for a mapping: its items are `name=value`. */
  readonly isKeyed?: boolean;
}

const text: Shape = { isText: true };

function keyValues(isAny: boolean): Shape {
  return { entries: { isText: true, isAny }, items: { isText: true, isPair: true }, isKeyed: true };
}

const pathFields: Shape = { short: "path", fields: { path: text } };
const environmentFiles: Shape = { isList: true, items: pathFields };

/** A volume in the short form (`spec`, a name of ours) is never an image, but may take the place of one. */
const volumes: Shape = { items: { short: "spec", fields: { type: text, source: text, target: text, spec: text } } };

const build: Shape = {
  short: "context",
  fields: {
    context: text,
    dockerfile: text,
    dockerfile_inline: text,
    additional_contexts: keyValues(false),
    args: keyValues(true),
  },
};

const container = { image: text, platform: text, volumes, env_file: environmentFiles };

const service: Shape = {
  fields: {
    ...container,
    pull_policy: text,
    build,
    pre_start: { items: { fields: container } },
    extends: { short: "service", fields: { service: text, file: text } },
  },
};

/** What makes containers: each has images, may build one, and may extend another. */
export const serviceSections = ["services", "jobs"] as const;

const includes: Shape = {
  isList: true,
  items: {
    short: "path",
    fields: {
      path: { isList: true, items: text },
      project_directory: text,
      env_file: { isList: true, items: text },
    },
  },
};

export const composeShape: Shape = {
  fields: {
    include: includes,
    services: { entries: service },
    jobs: { entries: service },
    models: { entries: { fields: { model: text } } },
  },
};
