// Who may import whom: the ranks of the design, and one home for each third-party library.
const ranks = {
  foundation: [],
  'connector-api': ['foundation'],
  'rest-contract': [],
  ports: ['foundation', 'connector-api'],
  cdc: ['foundation', 'connector-api'],
  runtime: ['foundation', 'connector-api', 'ports'],
  kafka: ['foundation', 'connector-api', 'ports'],
  'coordination-etcd': ['foundation', 'connector-api', 'ports'],
  'coordination-file': ['foundation', 'ports'],
  'schema-registry': ['foundation', 'connector-api'],
  transforms: ['foundation', 'connector-api'],
  'source-postgres': ['foundation', 'connector-api', 'cdc'],
  'source-mysql': ['foundation', 'connector-api', 'cdc'],
  'sink-sql': ['foundation', 'connector-api'],
  'connectors-trial': ['foundation', 'connector-api'],
  'rest-api': ['foundation', 'connector-api', 'rest-contract', 'runtime'],
  worker: '*',
  cli: ['foundation', 'rest-contract'],
  testkit: ['foundation', 'connector-api', 'ports'],
};

const homes = {
  '@platformatic/kafka': ['kafka'],
  etcd3: ['coordination-etcd', 'testkit'],
  kafkajs: ['testkit'],
  pg: ['source-postgres', 'sink-sql', 'testkit'],
  mysql2: ['source-mysql', 'sink-sql', 'testkit'],
  fastify: ['rest-api'],
  '@fastify/.*': ['rest-api'],
  typebox: ['rest-contract', 'rest-api'],
  jsep: ['transforms'],
  protobufjs: ['schema-registry'],
  pino: ['worker'],
};

const source = (name) => `^packages/${name}/src/`;
const tests = '\\.test\\.ts$|^packages/ports/src/contract/|^packages/connector-api/src/testing/';

const rankRules = Object.entries(ranks)
  .filter(([, allowed]) => allowed !== '*')
  .map(([name, allowed]) => ({
    name: `rank-${name}`,
    comment: `${name} may import only: ${allowed.join(', ') || 'nothing of ours'}.`,
    severity: 'error',
    from: { path: source(name), pathNot: tests },
    to: { path: '^packages/', pathNot: [`^packages/(${[name, ...allowed].join('|')})/`] },
  }));

const homeRules = Object.entries(homes).map(([library, owners]) => ({
  name: `home-${library.replace(/[^a-z0-9]+/g, '-')}`,
  comment: `${library} has its home in: ${owners.join(', ')}.`,
  severity: 'error',
  from: { path: '^packages/', pathNot: [`^packages/(${owners.join('|')})/`, '/test/', tests] },
  to: { path: `node_modules/${library}/` },
}));

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    {
      name: 'no-deep-import',
      comment: "Another package's inside is its own: import what its index names.",
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: {
        path: '^packages/([^/]+)/src/',
        pathNot: ['^packages/$1/', '^packages/[^/]+/src/index\\.ts$', '^packages/[^/]+/src/(testing|memory|contract)/index\\.ts$'],
      },
    },
    {
      name: 'testkit-only-in-tests',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: [tests, '^packages/testkit/'] },
      to: { path: '^packages/testkit/' },
    },
    ...rankRules,
    ...homeRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/|\\.stack/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['@headrace/source', 'types', 'import', 'node', 'default'] },
  },
};
