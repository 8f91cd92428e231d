/** A name made of letters, digits and underscores: anything else is percent-encoded, and the percent sign an underscore. */
export const scrubbedName = (name: string, start: RegExp): string => {
  const encoded = encodeURIComponent(name)
    .replaceAll('%20', '+')
    // Java's encoder does not let these pass.
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return (start.test(encoded) ? encoded : `x${encoded}`).replace(/[^A-Za-z0-9_]/g, '_');
};
