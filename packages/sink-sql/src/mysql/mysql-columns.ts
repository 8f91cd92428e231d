import type { ColumnRows, ColumnStatements, DroppedRows, StatementsWithin } from '../dialect/column-statements.ts';
import type { SqlStatement } from '../dialect/session.ts';
import type { RowShape } from '../table/table.ts';
import { PACKET_ROOM } from './in-place-query.ts';
import type { LiteralColumn } from './literals/literal-column.ts';
import { literalColumn } from './literals/literal-columns.ts';
import { deleteTemplate, insertTemplate, upsertTemplate, type RowTemplate } from './mysql-rows.ts';
import { StatementBytes } from './statement-bytes.ts';

const templates = { insert: insertTemplate, upsert: upsertTemplate, delete: deleteTemplate } as const;

/** A template whose texts are bytes. */
interface EncodedTemplate {
  readonly head: Buffer;
  readonly row: readonly (Buffer | number)[];
  readonly separator: Buffer;
  readonly tail: Buffer;
}

const encoded = ({ head, row, separator, tail }: RowTemplate): EncodedTemplate => ({
  head: Buffer.from(head),
  row: row.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)),
  separator: Buffer.from(separator),
  tail: Buffer.from(tail),
});

/** One text of literals per column, put together row by row where a statement is made. */
class MysqlColumnRows implements ColumnRows {
  readonly targets: readonly LiteralColumn[];
  readonly #shape: RowShape;
  readonly #templates = new Map<keyof typeof templates, EncodedTemplate>();
  readonly #bytes = new StatementBytes();

  constructor(shape: RowShape) {
    this.#shape = shape;
    this.targets = shape.columns.map(literalColumn);
  }

  clear(): void {
    for (const { cells } of this.targets) cells.clear();
  }

  statements(kind: keyof typeof templates, dropped: DroppedRows | undefined): StatementsWithin {
    return (maxBytes) => this.#statements(this.#template(kind), dropped, maxBytes - PACKET_ROOM);
  }

  #template(kind: keyof typeof templates): EncodedTemplate {
    let template = this.#templates.get(kind);
    if (template === undefined) this.#templates.set(kind, (template = encoded(templates[kind](this.#shape))));
    return template;
  }

  *#statements(template: EncodedTemplate, dropped: DroppedRows | undefined, maxBytes: number): Generator<SqlStatement> {
    const { head, separator, tail } = template;
    const bytes = this.#bytes;
    const count = this.targets[0]?.cells.count ?? 0;
    const begin = (): void => {
      bytes.truncate(0);
      bytes.append(head);
    };
    begin();
    for (let row = 0; row < count; row += 1) {
      if (dropped?.[row] === 1) continue;
      const before = bytes.size;
      if (before > head.length) bytes.append(separator);
      this.#appendRow(template, row);
      if (bytes.size + tail.length <= maxBytes || before === head.length) continue;
      bytes.truncate(before);
      bytes.append(tail);
      yield { text: bytes.text };
      begin();
      this.#appendRow(template, row);
    }
    if (bytes.size === head.length) return;
    bytes.append(tail);
    yield { text: bytes.text };
  }

  #appendRow({ row: pieces }: EncodedTemplate, row: number): void {
    const bytes = this.#bytes;
    for (const piece of pieces) {
      if (typeof piece !== 'number') {
        bytes.append(piece);
        continue;
      }
      const cells = this.targets[piece]?.cells;
      if (cells !== undefined) bytes.copy(cells.bytes, cells.start(row), cells.end(row));
    }
  }
}

export const mysqlColumns: ColumnStatements = { rowsOf: (shape) => new MysqlColumnRows(shape) };
