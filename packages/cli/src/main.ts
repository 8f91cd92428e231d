#!/usr/bin/env node
import { text } from 'node:stream/consumers';
import { readFile } from 'node:fs/promises';
import { systemCode, toError } from '@headrace/foundation';
import { runCli } from './run-cli.ts';

// `headrace ... | head` closes the pipe early: that is no failure.
process.stdout.on('error', (error) => {
  if (systemCode(error) === 'EPIPE') process.exit(0);
  throw toError(error);
});

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
  read: (path) => (path === '-' ? text(process.stdin) : readFile(path, 'utf8')),
});
