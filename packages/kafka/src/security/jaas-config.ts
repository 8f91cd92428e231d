/** One entry of Java's login configuration, as `sasl.jaas.config` holds it. */
export interface JaasEntry {
  /** Class name without its packages: `PlainLoginModule`. */
  readonly module: string;
  readonly options: ReadonlyMap<string, string>;
}

const token = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([=;])|([^\s"'=;]+))/gsy;
const flags: ReadonlySet<string> = new Set(['required', 'requisite', 'sufficient', 'optional']);

interface Token {
  readonly text: string;
  readonly isSign: boolean;
}

/** `Module required key="value" ...;`. undefined when it is not of that form, or has more than one entry. */
export const parseJaasConfig = (text: string): JaasEntry | undefined => {
  const tokens = tokensOf(text.trim());
  const last = tokens?.at(-1);
  if (tokens === undefined || last?.isSign !== true || last.text !== ';') return undefined;
  const [className, flag, ...rest] = tokens.slice(0, -1);
  if (className === undefined || className.isSign || flag === undefined || !flags.has(flag.text.toLowerCase())) return undefined;
  const options = optionsOf(rest);
  return options === undefined ? undefined : { module: className.text.slice(className.text.lastIndexOf('.') + 1), options };
};

const tokensOf = (text: string): readonly Token[] | undefined => {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of text.matchAll(token)) {
    const [whole, double, single, sign, word] = match;
    end = match.index + whole.length;
    const quoted = double ?? single;
    tokens.push({ text: quoted?.replace(/\\(.)/gs, '$1') ?? sign ?? word ?? '', isSign: sign !== undefined });
  }
  return end === text.length ? tokens : undefined;
};

const optionsOf = (tokens: readonly Token[]): ReadonlyMap<string, string> | undefined => {
  if (tokens.length % 3 !== 0) return undefined;
  const options = new Map<string, string>();
  for (let index = 0; index < tokens.length; index += 3) {
    const [name, equals, value] = tokens.slice(index, index + 3);
    if (name === undefined || equals?.text !== '=' || !equals.isSign || value === undefined || name.isSign || value.isSign)
      return undefined;
    options.set(name.text, value.text);
  }
  return options;
};
