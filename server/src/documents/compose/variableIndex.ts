/** Which variables the scalars of a Compose file read, wherever they stand. Pure. */
import { isMap, isScalar, isSeq, type Scalar } from "yaml";
import { expand } from "../expand";
import { kindOfScalar } from "./scalarKind";
import type { YamlFile } from "./yamlFile";

interface VariableIndex {
  /** The scalars that interpolate each variable. */
  readonly readers: ReadonlyMap<string, readonly Scalar[]>;
  /** Names that a service or a build may take from the environment by the name alone (`environment: [TAG]`). */
  readonly mentioned: ReadonlySet<string>;
}

/** Each file's index, made when it is first asked for. */
export class VariableIndexes {
  private readonly indexes = new WeakMap<YamlFile, VariableIndex>();

  indexOf(file: YamlFile): VariableIndex {
    let index = this.indexes.get(file);
    if (index === undefined) {
      index = indexVariables(file);
      this.indexes.set(file, index);
    }
    return index;
  }
}

const variableName = /^[A-Za-z_]\w*$/;

function indexVariables({ documents }: YamlFile): VariableIndex {
  const readers = new Map<string, Scalar[]>();
  const mentioned = new Set<string>();
  const mention = (node: unknown): void => {
    if (isScalar(node) && variableName.test(String(node.value))) mentioned.add(String(node.value));
  };
  // It recurses as deep as the tokens nest, which is bounded.
  const read = (node: unknown): void => {
    if (isScalar(node)) {
      for (const name of variablesOf(String(node.value))) {
        const known = readers.get(name);
        if (known === undefined) readers.set(name, [node]);
        else known.push(node);
      }
    } else if (isSeq(node)) {
      for (const item of node.items) {
        mention(item);
        read(item);
      }
    } else if (isMap(node)) {
      for (const { key, value } of node.items) {
        if (isNothing(value)) mention(key);
        // `secrets.*.environment` and `configs.*.environment` name a variable.
        if (isScalar(key) && key.value === "environment") mention(value);
        read(value);
      }
    }
  };
  for (const { root } of documents) read(root);
  return { readers, mentioned };
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || (isScalar(value) && kindOfScalar(value) === "null");
}

/** Where Compose refuses the text, everything that looks like a variable. */
function variablesOf(text: string): readonly string[] {
  if (!text.includes("$")) return [];
  const { variables, isMalformed } = expand(text, { escape: null, lookup: () => ({ kind: "unset" }) });
  return isMalformed ? [...text.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name = ""]) => name) : variables;
}
