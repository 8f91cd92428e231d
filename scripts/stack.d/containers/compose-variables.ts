/** deploy/compose.yaml works by itself on the default PORT_BASE. */
export const defaultPortBase = 27_000;

/** Names in the compose file: one broker is `kafka-1` there, because a service cannot change its name with a setting. */
export function composeName(name: string): string {
  return name === 'kafka' ? 'kafka-1' : name;
}

export function portVariableName(name: string): string {
  return `${composeName(name).toUpperCase().replaceAll('-', '_')}_PORT`;
}

/** Compose cannot add numbers, so every published port is a variable of its own. */
export function portVariable(name: string, offset: number): string {
  return `\${${portVariableName(name)}:-${String(defaultPortBase + offset)}}`;
}
