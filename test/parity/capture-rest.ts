import { mkdir, writeFile } from 'node:fs/promises';
import { GOLDEN_DIR, restSteps } from './rest-steps.ts';
import { walkRest } from './rest-walk.ts';

// node test/parity/capture-rest.ts http://localhost:8083 > test/parity/rest.jsonl
// against a fresh worker of Kafka Connect 4.3.1 in distributed mode, with the FileStream connectors on its plugin path.
await mkdir(GOLDEN_DIR, { recursive: true });
await writeFile(`${GOLDEN_DIR}/in`, '');
for (const answer of await walkRest(process.argv[2] ?? '', restSteps)) console.log(JSON.stringify(answer));
