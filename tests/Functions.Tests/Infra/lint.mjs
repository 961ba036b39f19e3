// Lints Dockerfiles and GitHub Actions workflows with programs from npm.
// Standard input: { "packages": node_modules, "dockerfiles": [text, ...], "workflows": [text, ...] }.
// Standard output: for each Dockerfile, and then for each workflow, a list of problems.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const input = JSON.parse(readFileSync(0, 'utf8'));
const require = createRequire(join(input.packages, 'here.js'));
const linter = require('dockerfilelint');
const { validate } = require('dockerfile-utils');
const { validateWorkflow } = require('@action-validator/core');

const dockerfile = (text) => [
  ...linter.run('Dockerfile', text)
    // A base that an argument names is a stage of the file, and has no tag.
    .filter((item) => !(item.rule === 'missing_tag' && text.split('\n')[item.line - 1].includes('${')))
    .map((item) => `line ${item.line}: ${item.title}`),
  ...validate(text).map((item) => `line ${item.range.start.line + 1}: ${item.message}`),
];
const workflow = (text) => (validateWorkflow(text).errors ?? []).map((error) => `${error.path ?? ''}: ${error.title} ${error.detail ?? ''}`);

process.stdout.write(JSON.stringify([...input.dockerfiles.map(dockerfile), ...input.workflows.map(workflow)]));
