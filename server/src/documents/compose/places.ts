/** The places of a Compose file where an image may be named (compose-spec: `05-services.md`, `build.md`, `14-models.md`). Pure. */
import type { UseKind } from "../imageUse";
import { textOf } from "./leafText";
import { entriesOf, entryOf, itemsOf, type Leaf, leafOf, type Mapping, type Value } from "./model";
import { resolvePath } from "./paths";
import { serviceSections } from "./shape";

export type PlaceKind = Extract<UseKind, `compose-${string}`> | "inline-dockerfile";

export interface Place {
  readonly kind: PlaceKind;
  readonly leaf: Leaf;
  /** Where a service stands that may have a platform; null for a model. */
  readonly service: ServicePath | null;
  /** The platform beside the image, where one of its own is written. */
  readonly platform: Leaf | undefined;
}

export interface ServicePath {
  readonly section: (typeof serviceSections)[number];
  readonly name: string;
}

export function placesOf(model: Mapping): Place[] {
  const places: Place[] = [];
  for (const section of serviceSections) {
    for (const [name, service] of entriesOf(model.entries.get(section))) {
      addService(places, service, { section, name });
    }
  }
  for (const definition of entriesOf(model.entries.get("models")).values()) {
    add(places, "compose-model", leafOf(definition, "model"), null);
  }
  return places;
}

function addService(places: Place[], service: Value, path: ServicePath): void {
  addContainer(places, "compose-image", service, path);
  for (const hook of itemsOf(entryOf(service, "pre_start"))) {
    addContainer(places, "compose-pre-start-image", hook, path);
  }
  const build = entryOf(service, "build");
  if (build === undefined) return;
  for (const context of entriesOf(entryOf(build, "additional_contexts")).values()) {
    if (context.kind === "leaf") add(places, "compose-build-context", context, null);
  }
  add(places, "inline-dockerfile", leafOf(build, "dockerfile_inline"), null);
}

function addContainer(places: Place[], kind: PlaceKind, container: Value, path: ServicePath): void {
  add(places, kind, leafOf(container, "image"), path, leafOf(container, "platform"));
  for (const volume of volumesOf(container)) {
    if (textOf(leafOf(volume, "type")) === "image") add(places, "compose-volume-image", leafOf(volume, "source"), null);
  }
}

/** The last one of each target counts (compose-go, `override/uncity.go`). */
function volumesOf(container: Value): Iterable<Value> {
  const volumes = itemsOf(entryOf(container, "volumes"));
  if (volumes.length < 2) return volumes;
  const byTarget = new Map<string | Value, Value>();
  for (const volume of volumes) {
    const short = textOf(leafOf(volume, "spec"));
    const target = short === null ? textOf(leafOf(volume, "target")) : shortTarget(short);
    byTarget.set(target ?? volume, volume);
  }
  return byTarget.values();
}

/** `[source:]target[:mode]`, where a source may be a path of Windows (compose-go, `format/volume.go`). */
function shortTarget(volume: string): string {
  const [first = "", target] = volume.replace(/^[A-Za-z]:(?=[\\/])/, "").split(":");
  const written = target ?? first;
  return written.startsWith("/") ? (resolvePath("/", written) ?? written) : written;
}

function add(
  places: Place[],
  kind: PlaceKind,
  leaf: Leaf | undefined,
  service: ServicePath | null,
  platform?: Leaf,
): void {
  if (leaf !== undefined) places.push({ kind, leaf, service, platform });
}
