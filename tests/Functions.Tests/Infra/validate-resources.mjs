// Checks deployments' resources against the published schemas of their types, with every object closed.
// Standard input: { "packages": node_modules, "schemas": [folders], "documents": [[resource, ...], ...], "parameterFiles": [...] }.
// Standard output: for each document, and then for each parameter file, a list of problems.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const input = JSON.parse(readFileSync(0, 'utf8'));
const Ajv = createRequire(join(input.packages, 'here.js'))('ajv-draft-04').default;
const root = 'https://schema.management.azure.com/schemas/';
const json = (path) => JSON.parse(readFileSync(path, 'utf8'));

// What the template language adds to every resource.
const everyResource = ['dependsOn', 'condition', 'scope', 'comments', 'metadata', 'tags'];

// The published schemas let unknown properties pass, so that a misspelt one does nothing, unseen. An object that lists its
// properties may have no others; where it shares them with branches, each branch is first joined with what it shares.
function closed(node, definitions) {
  if (Array.isArray(node)) {
    return node.map((item) => closed(item, definitions));
  }
  if (node === null || typeof node !== 'object') {
    return node;
  }
  const resolved = (part) => (part.$ref?.startsWith('#/definitions/') ? definitions[part.$ref.slice('#/definitions/'.length)] : part);
  const joined = (one, other) => ({
    ...one,
    ...other,
    type: 'object',
    properties: { ...one.properties, ...other.properties },
    required: [...new Set([...(one.required ?? []), ...(other.required ?? [])])],
  });
  if (node.allOf) {
    const { allOf, ...rest } = node;
    return closed(allOf.map(resolved).reduce(joined, rest), definitions);
  }
  for (const kind of ['oneOf', 'anyOf']) {
    if (node.properties && node[kind]) {
      const { [kind]: branches, ...shared } = node;
      return { [kind]: branches.map((branch) => closed(joined(shared, resolved(branch)), definitions)) };
    }
  }
  const result = {};
  for (const [key, value] of Object.entries(node)) {
    result[key] = key === 'properties'
      ? Object.fromEntries(Object.entries(value).map(([name, property]) => [name, closed(property, definitions)]))
      : closed(value, definitions);
  }
  if (node.properties && Object.keys(node.properties).length > 0 && !('additionalProperties' in node)) {
    result.additionalProperties = false;
  }
  if (result.required?.length === 0) {
    delete result.required;
  }
  return result;
}

const ajv = new Ajv({ strict: false, allErrors: true, logger: false, validateFormats: false });
const known = new Map();

function load(folder) {
  for (const version of readdirSync(folder).filter((name) => /^\d{4}-/.test(name))) {
    for (const file of readdirSync(join(folder, version)).filter((name) => name.startsWith('Microsoft.'))) {
      const source = json(join(folder, version, file));
      const address = `${root}${version}/${file}`;
      const schema = { definitions: {} };
      for (const [name, definition] of Object.entries(source.definitions ?? {})) {
        schema.definitions[name] = closed(definition, source.definitions);
      }
      // Deployments here are of a resource group, or extend a resource of it.
      for (const group of ['resourceDefinitions', 'extension_resourceDefinitions']) {
        schema[group] = {};
        for (const [name, definition] of Object.entries(source[group] ?? {})) {
          const open = { ...definition, properties: { ...definition.properties } };
          delete open.properties.resources;
          everyResource.forEach((key) => { open.properties[key] ??= {}; });
          schema[group][name] = closed(open, source.definitions);
          const type = definition.properties.type?.enum?.[0];
          if (type) {
            known.set(`${type}@${version}`.toLowerCase(), `${address}#/${group}/${name}`);
          }
        }
      }
      ajv.addSchema(schema, address);
    }
  }
}

function loadShapes(folder) {
  ajv.addSchema(json(join(folder, 'common', 'definitions.json')), `${root}common/definitions.json`);
  const template = json(join(folder, '2019-04-01', 'deploymentTemplate.json'));
  // Its list of every resource type of Azure is not needed: resources are checked one by one.
  const { parameterValueTypes, keyVaultReference } = template.definitions;
  ajv.addSchema({ definitions: { parameterValueTypes, keyVaultReference } }, `${root}2019-04-01/deploymentTemplate.json`);
  const parameters = json(join(folder, '2019-04-01', 'deploymentParameters.json'));
  delete parameters.id;
  ajv.addSchema(parameters, `${root}2019-04-01/deploymentParameters.json`);
}

function problems(schema, value, where) {
  const validate = ajv.getSchema(schema);
  if (validate(value)) {
    return [];
  }
  // Every branch of a choice complains; the complaints from the deepest place are about what was meant.
  const depth = (error) => error.instancePath.split('/').length;
  const deepest = Math.max(...validate.errors.map(depth));
  const texts = validate.errors
    .filter((error) => error.keyword === 'additionalProperties' || depth(error) === deepest)
    .map((error) => `${where}${error.instancePath}: ${error.message} ${JSON.stringify(error.params)}`);
  return [...new Set(texts)];
}

loadShapes(input.schemas[0]);
input.schemas.forEach(load);
const answers = input.documents.map((resources) => resources.flatMap((resource) => {
  const schema = known.get(`${resource.type}@${resource.apiVersion}`.toLowerCase());
  const where = `${resource.type} ${resource.name}`;
  return schema ? problems(schema, resource, where) : [`${where}: there is no schema of version ${resource.apiVersion}`];
}));
const files = (input.parameterFiles ?? []).map((file) => problems(`${root}2019-04-01/deploymentParameters.json`, file, 'parameters'));
process.stdout.write(JSON.stringify([...answers, ...files]));
