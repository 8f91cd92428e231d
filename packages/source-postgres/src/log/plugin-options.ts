/** Options of pgoutput that `slot.stream.params` may set, `name=value` separated by semicolons. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  streaming: ['on', 'off'],
  origin: ['any', 'none'],
};

const pairs = (text: string | null): readonly (readonly [string, string])[] =>
  (text ?? '')
    .split(';')
    .filter((item) => item.trim() !== '')
    .map((item) => {
      const [name = '', value = ''] = item.split('=').map((part) => part.trim());
      return [name, value];
    });

/** Validator of the key: what cannot be set, or undefined. */
export const checkPluginOptions = (text: string): string | undefined => {
  for (const [name, value] of pairs(text)) {
    const values = allowed[name];
    if (values === undefined)
      return `option ${name} is set by the connector or not known; ${Object.keys(allowed).join(' and ')} can be given`;
    if (!values.includes(value)) return `option ${name} takes ${values.join(' or ')}`;
  }
  return undefined;
};

/** Logical messages come as well. Large transactions are streamed while they run, unless `streaming=off`. */
export const pluginOptions = (text: string | null): Readonly<Record<string, string>> => {
  const { streaming = 'on', ...others } = Object.fromEntries(pairs(text));
  const protocol = streaming === 'off' ? { proto_version: '1' } : { proto_version: '2', streaming: 'on' };
  return { ...protocol, messages: 'true', ...others };
};
