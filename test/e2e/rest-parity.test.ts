import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { GOLDEN_DIR, restSteps } from '../parity/rest-steps.ts';
import { neutral, walkRest, type RestAnswer } from '../parity/rest-walk.ts';
import { OpenApi, type Exchange } from '../support/openapi.ts';
import { Product } from '../support/product.ts';

/** Steps by name, and why our answer is another one. A step that is listed and agrees all the same fails. */
const differences: readonly (readonly [RegExp, string])[] = [
  [/^GET .nothing$|^a method that|^a media type|^a body of another/, 'errors of the router have a media type as well'],
  [/^OPTIONS/, 'the order of the methods'],
  [/^broken JSON$|^null as a body|^an unknown property|^a setting that is an object|^an unknown initial/, 'what a client did wrong is 400'],
  [/^no class$/, 'listed as the missing setting that it is'],
  [/^an empty name|^a control character|^no tasks|^two wrong|^PUT settings that are wrong/, 'the sentences after the first are our own'],
  [/offsets while running$|^DELETE .connectors.golden-source.offsets|without a partition$/, 'our own sentences'],
  [/^restart a task when stopped$/, 'says what is in the way'],
  [/^validate transforms with many/, 'a null stays null by default: replace.null.with.default=false'],
  [/^validate a dead letter queue/, 'our own sentence'],
  [/JsonConverter.config$/, 'options of the original stand in another order'],
  [/tasks-config$/, 'older clients ask for what the original has dropped'],
  [/^PATCH config to something wrong$/, 'the sentences after the first are our own'],
  [/^GET .connector-plugins$|^plugins of all kinds$/, 'what is installed'],
  [/^the options of a version that is none$/, 'told as what it is'],
];

const golden = readFileSync(new URL('../parity/rest.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as RestAnswer);

const differs = ({ name }: RestAnswer): boolean => differences.some(([pattern]) => pattern.test(name));

/** What clients may ask of Kafka Connect, and `tasks-config`, which older ones ask for. */
const operations: readonly string[] = [
  ...['GET /', 'GET /health', 'GET /connectors', 'POST /connectors', 'GET /connectors/{connector}', 'DELETE /connectors/{connector}'],
  ...['GET', 'PUT', 'PATCH'].map((method) => `${method} /connectors/{connector}/config`),
  ...['status', 'tasks', 'tasks-config', 'topics', 'offsets', 'tasks/{task}/status'].map((what) => `GET /connectors/{connector}/${what}`),
  ...['pause', 'resume', 'stop', 'topics/reset'].map((what) => `PUT /connectors/{connector}/${what}`),
  ...['restart', 'tasks/{task}/restart'].map((what) => `POST /connectors/{connector}/${what}`),
  ...['PATCH', 'DELETE'].map((method) => `${method} /connectors/{connector}/offsets`),
  ...['GET /connector-plugins', 'GET /connector-plugins/{plugin}/config', 'PUT /connector-plugins/{plugin}/config/validate'],
  ...['GET /admin/loggers', 'GET /admin/loggers/{logger}', 'PUT /admin/loggers/{logger}'],
];

/** A walk through every endpoint, answered by a worker of Kafka Connect 4.3.1 and by ours. */
describe('the REST API beside Kafka Connect', () => {
  let answers = new Map<string, RestAnswer>();
  const exchanges: Exchange[] = [];
  let product: Product;

  beforeAll(async () => {
    product = await Product.start(1);
    await mkdir(GOLDEN_DIR, { recursive: true });
    await writeFile(`${GOLDEN_DIR}/in`, '');
    const walked = await walkRest(product.workers[0]?.rest ?? '', restSteps, ({ method, path }, status, text) => {
      exchanges.push({ method, path, status, text });
    });
    answers = new Map(walked.map((answer) => [answer.name, answer]));
  });

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
    await rm(GOLDEN_DIR, { recursive: true, force: true });
  });

  const ours = (name: string): RestAnswer | undefined => answers.get(name);
  const named = (chosen: readonly RestAnswer[]) =>
    chosen.map((answer) => [answer.name, { ...answer, body: neutral(answer.body) }] as const);

  test('was taken with the steps there are', () => {
    expect(golden.map(({ name }) => name)).toEqual(restSteps.map(({ name }) => name));
  });

  test.each(named(golden.filter((answer) => !differs(answer))))('%s: the same status, headers and body', (name, answer) => {
    expect(ours(name)).toEqual(answer);
  });

  test.each(named(golden.filter(differs)))('%s: differs, as listed', (name, answer) => {
    expect(ours(name)).not.toEqual(answer);
  });

  test('every answer is as the OpenAPI document says, and every operation of Kafka Connect was asked', async () => {
    const document = (await product.rest.call('GET', '/openapi.json')).body as ConstructorParameters<typeof OpenApi>[0];
    const openApi = new OpenApi(document);
    // Which loggers there are is each project's own, so the walk asks for single ones.
    const loggers = await product.rest.call('GET', '/admin/loggers');
    exchanges.push({ method: 'GET', path: '/admin/loggers', status: loggers.status, text: JSON.stringify(loggers.body) });
    const asked = exchanges.filter(({ method }) => method !== 'HEAD' && method !== 'OPTIONS');
    expect(asked.flatMap((exchange) => openApi.problemOf(exchange) ?? [])).toEqual([]);
    const seen = new Set(asked.map((exchange) => openApi.operationOf(exchange)));
    expect(operations.filter((operation) => !seen.has(operation))).toEqual([]);
  });
});
