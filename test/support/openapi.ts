import { Ajv2020 } from 'ajv/dist/2020.js';

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** What was asked and answered over HTTP. */
export interface Exchange {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  readonly text: string;
}

/** What the router refuses before any operation is reached: no document lists it at each of them. */
const ROUTER_STATUSES: ReadonlySet<number> = new Set([404, 405, 406, 413, 415]);

/** Holds answers to the OpenAPI document that the same server hands out. */
export class OpenApi {
  readonly #document: Document;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false });

  constructor(document: Document) {
    this.#document = document;
    this.#ajv.addSchema({ $id: 'document', ...document });
  }

  /** The operation that served it, as `GET /connectors`; undefined when the document has none. */
  operationOf({ method, path }: Pick<Exchange, 'method' | 'path'>): string | undefined {
    const [bare = ''] = path.split('?', 1);
    const found = Object.entries(this.#document.paths).find(
      ([template, operations]) => method.toLowerCase() in operations && patternOf(template).test(bare),
    );
    return found === undefined ? undefined : `${method} ${found[0]}`;
  }

  /** What the document does not say of this answer; undefined when all is as it says. */
  problemOf(exchange: Exchange): string | undefined {
    const operation = this.operationOf(exchange);
    if (operation === undefined) return ROUTER_STATUSES.has(exchange.status) ? undefined : 'There is no such operation.';
    const [method = '', template = ''] = operation.split(' ');
    const { status, text } = exchange;
    const response = this.#document.paths[template]?.[method.toLowerCase()]?.responses[String(status)];
    if (response === undefined) return ROUTER_STATUSES.has(status) ? undefined : `${operation} has no answer ${String(status)}.`;
    if (response.content === undefined) return text === '' ? undefined : `${operation} ${String(status)} has no body, and there is one.`;
    const pointer = ['paths', template, method.toLowerCase(), 'responses', String(status), 'content', 'application/json', 'schema'];
    const $ref = `document#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
    const isAsSaid = this.#ajv.validate({ $ref }, JSON.parse(text));
    return isAsSaid ? undefined : `${operation} ${String(status)}: ${this.#ajv.errorsText()}`;
  }
}

const patternOf = (template: string): RegExp =>
  new RegExp(`^${template.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}/?$`);
