// What a Backstage portal does with a software template, by Backstage's own packages and the form that it shows.
// Reads { entity, answers } as JSON: the template, and what somebody filled in beyond the defaults. Prints what became of it.
'use strict';

const path = require('node:path');

const modules = process.argv[2];
const load = name => require(require.resolve(name, { paths: [modules] }));
const internal = name => require(path.join(modules, '@backstage', name));

const catalog = load('@backstage/catalog-model');
const { templateEntityV1beta3Validator } = load('@backstage/plugin-scaffolder-common');
const { createElement } = load('react');
const { renderToStaticMarkup } = load('react-dom/server');
const { default: Form } = load('@rjsf/core');
const { getDefaultFormState } = load('@rjsf/utils');
const { default: validator } = load('@rjsf/validator-ajv8');
const { ScmIntegrations } = load('@backstage/integration');
const { ConfigReader } = load('@backstage/config');
const { NunjucksWorkflowRunner } = internal(
  'plugin-scaffolder-backend/dist/scaffolder/tasks/NunjucksWorkflowRunner.cjs.js',
);
const { createGithubActionsDispatchAction } = load('@backstage/plugin-scaffolder-backend-module-github');

// As the catalog does when the template is registered.
async function register(entity) {
  const policies = [
    new catalog.SchemaValidEntityPolicy(),
    new catalog.DefaultNamespaceEntityPolicy(),
    new catalog.NoForeignRootFieldsEntityPolicy(),
    new catalog.FieldFormatEntityPolicy(),
  ];
  let found = entity;
  for (const policy of policies) found = await policy.enforce(found);
  return templateEntityV1beta3Validator.check(found);
}

// A step's schema holds what the form shows of each field under keys of the form's own, `ui:…`.
function split(step) {
  const shown = {};
  const properties = {};
  for (const [name, field] of Object.entries(step.properties)) {
    const entries = Object.entries(field);
    shown[name] = Object.fromEntries(entries.filter(([key]) => key.startsWith('ui:')));
    properties[name] = Object.fromEntries(entries.filter(([key]) => !key.startsWith('ui:')));
  }
  return [{ ...step, type: 'object', properties }, shown];
}

// As a person sees a page of it, and what it says of what was filled in.
function fillIn(step, answers) {
  const [schema, uiSchema] = split(step);
  const given = Object.fromEntries(Object.entries(answers).filter(([name]) => name in step.properties));
  const formData = getDefaultFormState(validator, schema, given, schema);
  const fields = { RepoUrlPicker: () => null };
  const page = renderToStaticMarkup(createElement(Form, { schema, uiSchema, validator, fields, formData }));
  return { formData, page, errors: validator.validateFormData(formData, schema).errors.map(each => each.stack) };
}

// As the backend does once the form is sent, up to the call of the action.
async function run(entity, parameters, workspace) {
  const logger = { child: () => logger, info() {}, error() {}, warn() {}, debug() {}, log() {} };
  const integrations = ScmIntegrations.fromConfig(new ConfigReader({}));
  const action = createGithubActionsDispatchAction({ integrations });
  const calls = [];
  const handler = async context => calls.push(context.input);
  const metrics = { createCounter: () => ({ add() {} }), createHistogram: () => ({ record() {} }) };
  const runner = new NunjucksWorkflowRunner({
    actionRegistry: { get: async () => ({ ...action, handler }) },
    integrations,
    logger,
    metrics,
    workingDirectory: workspace,
  });
  const task = {
    spec: { output: {}, ...entity.spec, apiVersion: entity.apiVersion, parameters },
    taskId: 'task',
    secrets: {},
    cancelSignal: new AbortController().signal,
    emitLog: async () => {},
    getWorkspaceName: async () => 'task',
    getInitiatorCredentials: async () => ({}),
  };
  await runner.execute(task);
  return calls;
}

async function main() {
  const { entity, answers, workspace } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
  const registered = await register(entity);
  const pages = entity.spec.parameters.map(step => fillIn(step, answers));
  const parameters = Object.assign({}, ...pages.map(page => page.formData));
  const calls = await run(entity, parameters, workspace);
  console.log(JSON.stringify({ registered, pages, parameters, calls }));
}

main();
