import { scrubbedName } from '../scrubbed-name.ts';
import { unsupported } from './protobuf-file.ts';

/** The name, scrubbed where that is wanted. TaskFailure `registry.unsupported_schema` when Protobuf has no such names. */
export const nameFor = (name: string, isScrubbed: boolean): string => {
  if (isScrubbed) return scrubbedName(name, /^[A-Za-z]/);
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw unsupported(`"${name}" is not a name in Protobuf; scrub.invalid.names=true replaces its characters`);
};
