// Holds answers against the forms that an OpenAPI document gives for them. Objects are closed first, so that a member that the document
// does not name is found too; the requests that were accepted must have the forms of their bodies.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const { default: Ajv } = createRequire(new URL('../../package.json', import.meta.url))('ajv/dist/2020.js');
const { document, answers } = JSON.parse(await readFile(process.argv[2], 'utf8'));

function close(schema) {
  if (schema === null || typeof schema !== 'object') return;
  if (schema.properties && schema.additionalProperties === undefined) schema.additionalProperties = false;
  Object.values(schema).forEach(close);
}

const problems = [];
close(document.components.schemas);
// Formats are hints of the generator, and its patterns stand beside several types.
const ajv = new Ajv({ strict: true, strictTypes: false, allErrors: true, validateFormats: false });
ajv.addVocabulary(['components']);
ajv.addSchema({ $id: 'openapi', components: document.components });

function check(what, schema, value) {
  const { $ref } = schema;
  const validate = ajv.compile({ $ref: `openapi${$ref}` });
  if (!validate(value)) problems.push(`${what}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value).slice(0, 400)}`);
}

for (const { method, path, status, sent, body } of answers) {
  const operation = document.paths[path]?.[method];
  const described = operation?.responses[status]?.content?.['application/json']?.schema;
  const what = `${method} ${path} ${status}`;
  if (!described) {
    problems.push(`${what} is not described: ${JSON.stringify(body).slice(0, 300)}`);
    continue;
  }
  check(what, described, body);
  if (sent && status < 300) check(`${what}, sent`, operation.requestBody.content['application/json'].schema, sent);
}
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`${answers.length} answers`);
