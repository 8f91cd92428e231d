import { unsupported } from './protobuf-file.ts';

/** A name as Protobuf takes it: what is not a letter, digit or underscore is percent-encoded, and the percent sign an underscore. */
const scrubbed = (name: string): string => {
  const encoded = encodeURIComponent(name)
    .replaceAll('%20', '+')
    // Java's encoder does not let these pass.
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return (/^[A-Za-z]/.test(encoded) ? encoded : `x${encoded}`).replace(/[^A-Za-z0-9_]/g, '_');
};

/** The name, scrubbed where that is wanted. TaskFailure `registry.unsupported_schema` when Protobuf has no such names. */
export const nameFor = (name: string, isScrubbed: boolean): string => {
  if (isScrubbed) return scrubbed(name);
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw unsupported(`"${name}" is not a name in Protobuf; scrub.invalid.names=true replaces its characters`);
};
