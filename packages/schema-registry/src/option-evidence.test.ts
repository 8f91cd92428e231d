import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ConverterPlugin } from '@headrace/connector-api';
import { avroConverter, jsonSchemaConverter, protobufConverter } from './index.ts';

const packageRoot = new URL('../', import.meta.url);
const tableFile = new URL('../docs/registry-converter-options.md', packageRoot);

/** Tests are named by their title, and looked up; a converter's own comes before what all have in common. */
const shownBy: Readonly<Record<string, string>> = {
  'schema.registry.url': 'registers versions as the table changes, reads them back, and passes on why an incompatible one is refused',
  'apicurio.registry.url': "finds the Confluent API behind Apicurio's own URL, and takes credentials out of URLs",
  'auto.register.schemas': 'gives the same id for a schema that is registered already',
  'apicurio.registry.auto-register': "apicurio.registry.auto-register=false is Apicurio's name of auto.register.schemas=false",
  'basic.auth.credentials.source': 'registers and reads with %s',
  'basic.auth.user.info': 'registers and reads with %s',
  'bearer.auth.credentials.source': 'registers and reads with %s',
  'bearer.auth.token': 'registers and reads with %s',
  'key.subject.name.strategy': 'names the subject by the strategy',
  'value.subject.name.strategy': 'names the subject by the strategy',
  'normalize.schemas': 'normalize.schemas=true finds a schema of another form',
  'Avro connect.meta.data': 'carries only Avro itself without connect.meta.data',
  'Avro enhanced.avro.schema.support': 'give enums as strings, fixed as bytes, and unions as structs of one set field',
  'Avro use.latest.version': "use.latest.version=true writes under the subject's latest schema, if that has the same layout",
  'Avro scrub.invalid.names': 'scrub.invalid.names=true writes names that Avro does not allow, and reads what it wrote',
  'JsonSchema use.latest.version': "use.latest.version=true writes under the subject's latest schema where nothing is registered",
  'JsonSchema decimal.format': 'decimal.format=NUMERIC writes decimals as numbers; both are read',
  'JsonSchema object.additional.properties': 'object.additional.properties=false closes the schemas of structs',
  'JsonSchema use.optional.for.nonrequired': 'use.optional.for.nonrequired=true reads what is not required as optional',
  'JsonSchema ignore.default.for.nullables': 'ignore.default.for.nullables=false writes a null as the default of its field',
  'Protobuf optional.for.nullables': 'gives back every value, nulls included, with %s.for.nullables',
  'Protobuf wrapper.for.nullables': 'gives back every value, nulls included, with %s.for.nullables',
  'Protobuf optional.for.proto2': 'optional.for.proto2=false reads what is absent as the default that proto2 declares',
  'Protobuf enhanced.protobuf.schema.support': 'enhanced.protobuf.schema.support=true keeps the package in names',
  'Protobuf scrub.invalid.names': 'scrub.invalid.names=true writes names that Protobuf does not allow',
  'Protobuf generate.index.for.unions': 'generate.index.for.unions=false names a oneof without its number',
};

const accepted: Readonly<Record<string, string>> = {
  'schemas.cache.size': 'accepted, changes no outcome: schemas are kept as long as the task',
  'schemas.cache.config': 'accepted, changes no outcome: schemas are kept as long as the task',
  'max.schemas.per.subject': 'accepted, changes no outcome: schemas are kept as long as the task',
};

const plugins: readonly (readonly [string, ConverterPlugin])[] = [
  ['Avro', avroConverter],
  ['JsonSchema', jsonSchemaConverter],
  ['Protobuf', protobufConverter],
];

const texts = ['src/', 'test/']
  .flatMap((folder) => readdirSync(new URL(folder, packageRoot), { recursive: true, encoding: 'utf8' }).map((file) => folder + file))
  .filter((file) => file.endsWith('.test.ts') && !file.endsWith('option-evidence.test.ts'))
  .toSorted()
  .map((file) => ({ file, text: readFileSync(new URL(file, packageRoot), 'utf8') }));

const testOf = (title: string | undefined): string | undefined => {
  const found = title === undefined ? undefined : texts.find(({ text }) => text.includes(title));
  return found === undefined ? undefined : `${found.file}: ${title ?? ''}`;
};

/** What validation says to the other value of a switch, or to an odd text or number. */
const isRefused = (plugin: ConverterPlugin, option: string): boolean => {
  const byDefault = (plugin.config.keys[option] as { readonly default?: unknown } | undefined)?.default;
  const other = byDefault === 'true' ? 'false' : byDefault === 'false' ? 'true' : '77';
  const { problems } = plugin.config.parse({ 'schema.registry.url': 'http://r', [option]: other });
  return problems.some(({ key }) => key === option);
};

const evidenceOf = (name: string, plugin: ConverterPlugin, option: string): string => {
  const shown = testOf(shownBy[`${name} ${option}`]) ?? testOf(shownBy[option]) ?? accepted[option];
  return shown ?? (isRefused(plugin, option) ? 'refused unless it is the default' : '');
};

const evidence = plugins.flatMap(([name, plugin]) =>
  Object.keys(plugin.config.keys).map((option) => ({ name, option, shown: evidenceOf(name, plugin, option) })),
);

test('every option of the converters under a registry has a test that fails when it has no effect, or is refused', () => {
  expect(evidence.filter(({ shown }) => shown === '').map(({ name, option }) => `${name} ${option}`)).toEqual([]);
});

test('the table of them is as generated; HEADRACE_UPDATE_TABLES=1 writes it anew', () => {
  const common = evidence.filter(
    ({ name, option }) => name === 'Avro' && plugins.every(([, { config }]) => option in config.keys) && !(`Avro ${option}` in shownBy),
  );
  const isCommon = new Set(common.map(({ option }) => option));
  const rows = [...common.map((row) => ({ ...row, name: 'all three' })), ...evidence.filter(({ option }) => !isCommon.has(option))];
  const table = [
    '# Options of the converters under a schema registry, and what shows their effect',
    '',
    'Generated by `packages/schema-registry/src/option-evidence.test.ts` from the definitions: the test that fails when the option has no effect.',
    '',
    '| converter | option | shown by |',
    '| --- | --- | --- |',
    ...rows.map(({ name, option, shown }) => `| ${name} | \`${option}\` | ${shown.replaceAll('|', '\\|')} |`),
    '',
  ].join('\n');
  if (process.env['HEADRACE_UPDATE_TABLES'] === '1') writeFileSync(tableFile, table);
  expect(readFileSync(tableFile, 'utf8')).toBe(table);
});
