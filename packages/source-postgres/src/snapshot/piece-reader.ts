import type { SnapshotPiece } from '@headrace/cdc';
import { messageTypes, type WireSocket } from '../wire/wire-socket.ts';
import { selectText, type SnapshotTable } from './snapshot-table.ts';

const CURSOR = 'headrace_rows';

/** Reads one range after another on one connection, by a cursor: the next fetch is asked for while the last is handed on. */
export class PieceReader {
  readonly socket: WireSocket;
  readonly #fetchSize: number;
  #fetchedRows = 0;
  #hasCursor = false;

  /** The socket's session is inside the snapshot's transaction. */
  constructor(socket: WireSocket, fetchSize: number) {
    this.socket = socket;
    this.#fetchSize = fetchSize;
  }

  open(entry: SnapshotTable, piece: SnapshotPiece): void {
    const close = this.#hasCursor ? `CLOSE ${CURSOR}; ` : '';
    this.socket.query(`${close}DECLARE ${CURSOR} NO SCROLL CURSOR FOR ${selectText(entry, piece)}; ${this.#fetchText()}`);
    this.#hasCursor = true;
    this.#fetchedRows = 0;
  }

  /** `row`: the socket stands at a DataRow. `end`: there are no more. `dry`: nothing has arrived. */
  next(): 'row' | 'end' | 'dry' {
    while (this.socket.next()) {
      if (this.socket.type === messageTypes.dataRow) {
        this.#fetchedRows += 1;
        return 'row';
      }
      if (this.socket.type !== messageTypes.ready) continue;
      if (this.#fetchedRows < this.#fetchSize) return 'end';
      this.#fetchedRows = 0;
      this.socket.query(this.#fetchText());
    }
    return 'dry';
  }

  #fetchText(): string {
    return `FETCH FORWARD ${String(this.#fetchSize)} FROM ${CURSOR}`;
  }
}
