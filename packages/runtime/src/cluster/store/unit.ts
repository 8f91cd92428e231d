/** What the cluster assigns: a connector (its planning), or one of its tasks. */
export interface Unit {
  readonly connector: string;
  /** null: the connector itself. */
  readonly task: number | null;
}

/** A unit's name among those of its connector. */
export const unitName = ({ task }: Unit): string => (task === null ? 'connector' : String(task));

export const taskOfName = (name: string): number | null => (name === 'connector' ? null : Number(name));

/** Reversible, whatever the connector's name contains, slashes included. */
export const unitPath = (unit: Unit): string => `${encodeURIComponent(unit.connector)}/${unitName(unit)}`;

export const parseUnitPath = (path: string): Unit => {
  const slash = path.lastIndexOf('/');
  return { connector: decodeURIComponent(path.slice(0, slash)), task: taskOfName(path.slice(slash + 1)) };
};
