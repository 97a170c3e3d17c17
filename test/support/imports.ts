/** What a TypeScript source imports, and its code without comments and texts: enough for rules about imports. */
export interface Import {
  readonly specifier: string;
  /** Nothing of it is left when it runs. */
  readonly isType: boolean;
}

export interface Scanned {
  readonly imports: readonly Import[];
  /** Without comments; of each text only the quotes are left. */
  readonly code: string;
}

const string = String.raw`"(\d+)"`;
const statement = new RegExp(String.raw`\b(?:import|export)\s+(type\s)?([^"';()]*?\bfrom\s*)?${string}`, "g");
const call = new RegExp(String.raw`(\btypeof\s+)?\b(?:import|require)\s*\(\s*(?:${string})?`, "g");

export function scan(source: string): Scanned {
  const texts: string[] = [];
  const numbered = withoutComments(source, texts);
  const imports: Import[] = [];
  for (const [, type, names, index] of numbered.matchAll(statement)) {
    const specifier = texts[Number(index)] ?? "";
    imports.push({ specifier, isType: type !== undefined || isListOfTypes(names ?? "") });
  }
  for (const [, type, index] of numbered.matchAll(call)) {
    // What is imported by a computed name can't be judged: it has no name here, which no rule allows.
    const specifier = index === undefined ? "?" : (texts[Number(index)] ?? "");
    imports.push({ specifier, isType: type !== undefined });
  }
  return { imports, code: numbered.replace(/"\d+"/g, '""') };
}

/** `{ type A, type B } from`: with `isolatedModules` such an import stays, but it brings nothing. */
function isListOfTypes(names: string): boolean {
  const list = /^\s*\{([^}]*)\}\s*from\s*$/.exec(names)?.[1];
  const parts = list?.split(",").filter((part) => part.trim() !== "") ?? [];
  return parts.length > 0 && parts.every((part) => /^\s*type\s/.test(part));
}

/** Each text, also one without an expression between backticks, becomes `"<its number>"`; comments become spaces. */
function withoutComments(source: string, texts: string[]): string {
  let result = "";
  let position = 0;
  const take = (form: RegExp): string | null => {
    form.lastIndex = position;
    const found = form.exec(source)?.[0] ?? null;
    if (found !== null) position += found.length;
    return found;
  };
  const text = (content: string) => {
    texts.push(content);
    return `"${texts.length - 1}"`;
  };
  /** Up to the closing brace of a template's expression, or to the end. */
  const code = (isExpression: boolean): void => {
    for (let depth = 0; position < source.length; ) {
      if (take(/\/\/[^\n]*|\/\*[\s\S]*?\*\//y) !== null) result += " ";
      else if (source[position] === "`") template();
      else {
        const literal = take(/"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'/y);
        if (literal !== null) result += text(literal.slice(1, -1));
        else if (source[position] === "/" && /(?:^|[=(,:;!&|?{}[+*~^<>%-]|\b(?:return|typeof|case))\s*$/.test(result)) {
          result += take(/\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y) === null ? take(/\//y) : '""';
        } else {
          const character = source.charAt(position);
          if (character === "{") depth += 1;
          if (character === "}" && isExpression && depth === 0) return;
          if (character === "}") depth -= 1;
          result += character;
          position += 1;
        }
      }
    }
  };
  const template = (): void => {
    position += 1;
    let content = "";
    while (position < source.length) {
      content += take(/(?:\\[\s\S]|\$(?!\{)|[^`\\$])*/y) ?? "";
      if (take(/`/y) !== null) break;
      // The expression is code; what stands around it makes the text one that nothing can be imported by.
      position += 2;
      content += "${}";
      result += "(";
      code(true);
      result += ")";
      position += 1;
    }
    result += text(content);
  };
  code(false);
  return result;
}
