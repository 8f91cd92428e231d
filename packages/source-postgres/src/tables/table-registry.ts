/**
 * Captured tables by relation id, one version at a time. A version comes from the catalog (for snapshots) or from a Relation
 * message of the log, whose names and types are those of that place in the log; the catalog, which may be ahead, adds
 * nullability, defaults and keys of columns it still knows alike. A version that says the same keeps its schema objects.
 */
import { TaskFailure, toError, type Logger } from '@headrace/foundation';
import { withOptional, type Schema } from '@headrace/connector-api';
import {
  columnSchemas,
  dataTopic,
  Envelope,
  type CaptureFilter,
  type Column,
  type ColumnRules,
  type EnvelopeOptions,
  type TableSchema,
} from '@headrace/cdc';
import type { CatalogColumn, CatalogTable } from '../catalog.ts';
import type { PostgresConfig } from '../config.ts';
import { errors } from '../errors.ts';
import { columnType, type TypeMap } from '../pg-types.ts';
import type { Relation } from '../pgoutput.ts';
import type { ReselectRules } from '../reselect/reselect-rules.ts';
import { reselectedColumns, type ReselectedColumns } from '../reselect/reselected-columns.ts';
import type { TypeSettings } from '../types/column-type.ts';
import { CapturedTable } from './captured-table.ts';
import { fallbackValue, schemaDefault } from './column-defaults.ts';
import { maskedType, type MaskedType } from './masked-type.ts';
import type { PlanColumn } from './plan-column.ts';
import { sourceType, type Describer } from './source-type.ts';

export interface TableRegistryOptions {
  readonly config: PostgresConfig;
  readonly filter: CaptureFilter;
  readonly rules: ColumnRules;
  readonly types: TypeSettings;
  readonly envelopes: EnvelopeOptions;
  /** Left out: nothing is read again. */
  readonly reselect?: ReselectRules | undefined;
  readonly log: Logger;
}

/** A column as the wire has it, with what the catalog adds. */
interface WireColumn extends CatalogColumn {
  readonly isIdentity: boolean;
}

interface Definition {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  readonly identity: string;
  readonly columns: readonly WireColumn[];
  readonly key: readonly string[];
  readonly describer: Describer;
}

interface Resolved {
  readonly wire: WireColumn;
  /** undefined: not captured. */
  readonly type: MaskedType | undefined;
  readonly schemas: Pick<Column, 'schema' | 'keySchema'> | undefined;
}

export class TableRegistry {
  readonly #options: TableRegistryOptions;
  readonly #envelopes = new Map<number, { readonly signature: string; readonly envelope: Envelope }>();
  readonly #leftOut = new Set<string>();

  constructor(options: TableRegistryOptions) {
    this.#options = options;
  }

  /** The version the catalog shows, with captured columns only: what a snapshot selects. */
  fromCatalog(table: CatalogTable, types: TypeMap): CapturedTable {
    const columns = table.columns.filter((column) => !column.isGenerated).map((column) => ({ ...column, isIdentity: true }));
    const key = this.#keyOf(table, columns);
    const captured = this.#build({ ...table, columns, key, describer: 'catalog' }, types);
    return new CapturedTable({ ...captured.plan, columns: captured.columns.filter((column) => column.index >= 0) });
  }

  /** The version a Relation message describes. `table`: what the catalog says now; undefined when it is gone. */
  fromRelation(relation: Relation, table: CatalogTable | undefined, types: TypeMap): CapturedTable {
    const columns = relation.columns.map((column): WireColumn => {
      const known = table?.columns.find((candidate) => candidate.name === column.name && candidate.typeId === column.typeId);
      return { ...(known ?? unknownColumn), ...column };
    });
    const captured = this.#build({ ...relation, columns, key: this.#keyOf(table, columns), describer: 'log' }, types);
    return new CapturedTable({ ...captured.plan, reselected: this.#reselectedOf(captured, table) });
  }

  /** The same version with columns optional that turned out to hold null. */
  relax(table: CapturedTable): CapturedTable {
    const { envelope } = table;
    const columns = envelope.table.columns.map((column) =>
      table.nullColumns.has(column.name) ? { ...column, schema: withOptional(column.schema, true) } : column,
    );
    const plan = table.columns.map((column) => (table.nullColumns.has(column.name) ? { ...column, isRequired: false } : column));
    const relaxed = new Envelope({ ...envelope.table, columns }, envelope.topic, this.#options.envelopes);
    this.#envelopes.set(table.plan.relationId, { signature: signatureOf(relaxed.table), envelope: relaxed });
    return new CapturedTable({ ...table.plan, columns: plan, envelope: relaxed });
  }

  #keyOf(table: CatalogTable | undefined, columns: readonly WireColumn[]): readonly string[] {
    const names = new Set(columns.map((column) => column.name));
    const path = table === undefined ? '' : `${table.schema}.${table.name}`;
    const custom = this.#options.filter.customKey(path);
    const missing = custom?.find((name) => !names.has(name));
    if (missing !== undefined) {
      throw new TaskFailure(
        errors.key_missing.code,
        `Column "${missing}" of message.key.columns is missing in table ${path}. ${errors.key_missing.hint}`,
      );
    }
    const known = custom ?? table?.keys.find((key) => key.columns.every((name) => names.has(name)))?.columns;
    return known ?? (table === undefined ? columns.filter((column) => column.isIdentity).map((column) => column.name) : []);
  }

  #reselectedOf({ path, columns, envelope }: CapturedTable, table: CatalogTable | undefined): ReselectedColumns | undefined {
    const { reselect } = this.#options;
    if (reselect === undefined) return undefined;
    const primary = table?.keys.find((key) => key.isPrimary)?.columns ?? [];
    const key = reselect.usesEventKey ? envelope.table.key : primary;
    const isKnown = key.length > 0 && key.every((name) => columns.some((column) => column.name === name));
    if (isKnown) return reselectedColumns(reselect, path, columns, key);
    this.#options.log.warn(
      'Values of a table are not read again: it has no primary key. Its records may have: see reselect.use.event.key.',
      {
        table: path,
      },
    );
    return undefined;
  }

  #build(definition: Definition, types: TypeMap): CapturedTable {
    const path = `${definition.schema}.${definition.name}`;
    const resolved = definition.columns.map((wire) => this.#resolve(wire, { ...definition, path }, types));
    const columns: Column[] = resolved.flatMap(({ wire, schemas }) => (schemas === undefined ? [] : [{ name: wire.name, ...schemas }]));
    const envelope = this.#envelope({ schema: definition.schema, name: definition.name, columns, key: definition.key }, definition.id);
    const missingKeyColumns =
      definition.identity === 'f'
        ? []
        : definition.columns.filter((column) => definition.key.includes(column.name) && !column.isIdentity).map((column) => column.name);
    return new CapturedTable({
      relationId: definition.id,
      path,
      schema: definition.schema,
      name: definition.name,
      columns: planColumns(resolved),
      envelope,
      missingKeyColumns,
      reselected: undefined,
      onUnconvertible: (column, cause) => this.#onUnconvertible(path, column, cause),
    });
  }

  #resolve(wire: WireColumn, { path, key, describer }: Definition & { readonly path: string }, types: TypeMap): Resolved {
    const isKey = key.includes(wire.name);
    if (!isKey && !this.#options.filter.isColumnIncluded(path, wire.name)) return notCaptured(wire);
    const plain = columnType(types, wire.typeId, wire.typeModifier, this.#options.types);
    if (plain === undefined) {
      this.#warnLeftOut(path, wire.name, types.get(wire.typeId)?.name ?? String(wire.typeId));
      return notCaptured(wire);
    }
    const { rules, config } = this.#options;
    const name = { database: config['database.dbname'], path, column: wire.name };
    const source = sourceType(types, wire, describer);
    const type = maskedType(plain, { name, mask: rules.maskOf(name), isKey, columnLength: source.length });
    const pgType = types.get(wire.typeId);
    const fallback = pgType === undefined ? undefined : schemaDefault(type, pgType, wire.defaultExpression);
    const doc = this.#options.config['include.schema.comments'] ? wire.comment : null;
    const schema: Schema = {
      ...withOptional(type.schema, !wire.isRequired || type.schema.isOptional),
      ...(fallback === undefined ? {} : { defaultValue: fallback }),
      ...(doc === null ? {} : { doc }),
    };
    return { wire, type, schemas: columnSchemas(schema, { ...type.parameters, ...rules.sourceParameters(name, source) }) };
  }

  #envelope(table: TableSchema, relationId: number): Envelope {
    const signature = signatureOf(table);
    const known = this.#envelopes.get(relationId);
    const { config } = this.#options;
    if (known?.signature === signature) return known.envelope;
    const topic = dataTopic(config, { schema: table.schema ?? '', table: table.name });
    const envelope = new Envelope(table, topic, this.#options.envelopes);
    this.#envelopes.set(relationId, { signature, envelope });
    return envelope;
  }

  #warnLeftOut(path: string, column: string, type: string): void {
    const name = `${path}.${column}`;
    if (this.#leftOut.has(name)) return;
    this.#leftOut.add(name);
    this.#options.log.warn('A column is left out: its type has no representation. Set include.unknown.datatypes to capture its text.', {
      column: name,
      type,
    });
  }

  #onUnconvertible(path: string, column: string, cause: unknown): unknown {
    const reason = toError(cause).message;
    if (this.#options.config['event.converting.failure.handling.mode'].toLowerCase() === 'warn') {
      this.#options.log.warn('A value does not fit the schema of its column and is written as null.', {
        column: `${path}.${column}`,
        reason,
      });
      return null;
    }
    throw new TaskFailure(
      errors.value_unconvertible.code,
      `Column ${path}.${column} holds a value that its schema cannot express: ${reason} ${errors.value_unconvertible.hint}`,
      { cause },
    );
  }
}

const unknownColumn = { isRequired: false, defaultExpression: null, comment: null, isGenerated: false } as const;

const planColumns = (resolved: readonly Resolved[]): readonly PlanColumn[] => {
  let index = -1;
  return resolved.map(({ wire, type, schemas }) => {
    if (type === undefined || schemas === undefined) return uncaptured(wire.name);
    index += 1;
    return {
      name: wire.name,
      index,
      decode: type.decode,
      isRequired: wire.isRequired,
      isIdentity: wire.isIdentity,
      unavailable: type.unavailable,
      constant: type.constant,
      absent: wire.isRequired ? (schemas.schema.defaultValue ?? type.fallback ?? fallbackValue(type.schema)) : null,
    };
  });
};

const notCaptured = (wire: WireColumn): Resolved => ({ wire, type: undefined, schemas: undefined });

const uncaptured = (name: string): PlanColumn => ({
  name,
  index: -1,
  decode: () => null,
  isRequired: false,
  isIdentity: false,
  unavailable: null,
  constant: undefined,
  absent: null,
});

/** Equal for versions that make equal schemas. */
const signatureOf = (table: TableSchema): string =>
  JSON.stringify([table.schema, table.name, table.key, table.columns], (_key, value: unknown) =>
    typeof value === 'bigint' ? `${String(value)}n` : value,
  );
