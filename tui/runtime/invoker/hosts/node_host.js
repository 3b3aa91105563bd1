'use strict';
// Runs one Node.js action inside a worker process: `node node_host.js REQUESTS FRAMES`, two descriptors.
//
// Between activations it reads requests with a blocking call, the fastest way there is. That freezes timers which the
// action left behind, so the runtime sends `idle` after a moment without work, and if there are any, requests arrive
// through the event loop from then on.

const { Channel } = require('./node_channel.js');
const { Logs } = require('./node_logs.js');
const { varyEnvironment } = require('./node_environment.js');
const { load } = require('./node_loader.js');
const { answer, failure, rejection, thrown, asText, cleanStack, isOutOfMemory } = require('./node_answers.js');
const { setImmediate, setInterval, Promise: OwnPromise } = globalThis;
const { error: printError } = console;

const FOREVER_MS = 2 ** 31 - 1;
const LAST_VERDICTS = '2nmx';
const OF_RUN = ['__OW_ACTIVATION_ID', '__OW_TRANSACTION_ID', '__OW_DEADLINE'];
const NEEDS_REAL_ENVIRONMENT = /worker_threads|\bdlopen\b|\.node\b|\bimport\b/;
const channel = new Channel(Number(process.argv[2]), Number(process.argv[3]));
const logs = new Logs(channel);
const reallyExit = process.reallyExit.bind(process);

let handler = null;
let ofRun = process.env; // where the variables that differ from run to run are set
let shownEnvironment = process.env; // unless the action has put something of its own in its place
let openwhiskTrouble = null;
let phase = null; // 'init' or 'end' while the runtime waits for that frame
let spent = false; // the run that has ended was the last one: the runtime ends this process
let handling = false; // a request, in a loop that takes the next one when that is done
let eventful = false;
let overlapping = null; // the runs, where several may be under way at a time
let ownResources = 0;

function finish(kind, { verdict, size, result }) {
  if (phase !== kind) return;
  phase = null;
  if (kind === 'init' && verdict === '0') {
    // The run follows at once: its lines belong to the same activation.
    channel.send('init', '0', 0, 0, '', '');
    return;
  }
  spent = LAST_VERDICTS.includes(verdict);
  const rest = logs.finish();
  channel.send(kind, verdict, size, rest.bytes, result, rest.logs);
}

function setEnvironment(environment) {
  for (const key in environment) process.env[key] = environment[key];
}

function init(request) {
  phase = 'init';
  logs.begin(request.log_bytes);
  openwhiskTrouble = request.openwhisk_trouble;
  setEnvironment(request.env);
  if (!request.binary && request.code && !NEEDS_REAL_ENVIRONMENT.test(request.code)) ofRun = varyEnvironment(OF_RUN);
  shownEnvironment = process.env;
  if (!request.main || !request.code) {
    finish('init', failure('Missing main/no code to execute.'));
    next();
    return;
  }
  try {
    const loaded = load(request, installDependencies);
    if (typeof loaded === 'function') {
      initialised(loaded, request.slots);
    } else {
      loaded.then((entry) => initialised(entry, request.slots), initFailed);
    }
  } catch (error) {
    initFailed(error);
  }
}

// The runtime does it, outside of this process; there is nothing else to do meanwhile.
function installDependencies() {
  logs.flush();
  channel.send('install', '-', 0, 0, '', '');
  const { error, output } = channel.readBlocking().body;
  if (error === null) return;
  if (output) printError(output);
  throw `The dependencies of the action could not be installed: ${error}`;
}

function initialised(loaded, slots) {
  handler = loaded;
  if (slots > 1) {
    const { OverlappingRuns } = require('./node_overlap.js');
    overlapping = new OverlappingRuns(channel, logs, invoke);
    readByEvents();
  }
  finish('init', { verdict: '0' });
  next();
}

function initFailed(error) {
  prepareForLog(error);
  if (isOutOfMemory(error)) {
    finish('init', { verdict: 'm', size: 0, result: '' });
  } else {
    printError('Error during initialization:', error instanceof SyntaxError ? error.stack : error);
    finish('init', failure(`Initialization has failed due to: ${stackOf(error)}`));
  }
  next();
}

// The stack of a syntax error begins with the place and the line of code; the error's own name comes first here.
function stackOf(error) {
  if (!error || !error.stack) return asText(error);
  const stack = asText(error.stack);
  const start = stack.indexOf(`${error.name}: `);
  if (!(error instanceof SyntaxError) || start <= 0) return stack;
  const place = stack.slice(0, stack.indexOf('\n')).replace(`${process.cwd()}/`, '');
  return `${stack.slice(start)}\n    at ${place}`;
}

// What the log needs beyond the error itself, and nothing of this program.
function prepareForLog(error) {
  cleanStack(error);
  if (!openwhiskTrouble || !error || !/^(ERR_)?MODULE_NOT_FOUND$/.test(error.code)) return;
  if (/Cannot find (module|package) 'openwhisk'/.test(error.message)) printError(openwhiskTrouble);
}

function setVariables(environment, request) {
  environment.__OW_ACTIVATION_ID = request.activation_id;
  environment.__OW_TRANSACTION_ID = request.transaction_id;
  environment.__OW_DEADLINE = request.deadline;
}

function run(request) {
  setVariables(ofRun, request);
  if (process.env !== shownEnvironment) {
    try {
      setVariables(process.env, request);
    } catch {
      // it is the action's own
    }
  }
  if (overlapping) {
    overlapping.start(request);
    return;
  }
  phase = 'end';
  logs.begin(logs.limit);
  invoke(request.value, ended);
}

// Calls the action, and then `ended` with what became of it.
function invoke(argument, ended) {
  let value;
  try {
    value = handler(argument);
  } catch (error) {
    prepareForLog(error);
    printError(error);
    ended(thrown(error));
    return;
  }
  if (value !== null && (typeof value === 'object' || typeof value === 'function')) {
    OwnPromise.resolve(value).then(
      (settled) => ended(answered(settled)),
      (reason) => {
        prepareForLog(reason);
        ended(rejection(reason));
      },
    );
  } else {
    ended(answered(value));
  }
}

function answered(value) {
  if (value !== undefined && typeof value !== 'object') {
    printError(`Result must be of type object but has type "${typeof value}":`, value);
  }
  const result = answer(value);
  if (result.reason) {
    prepareForLog(result.reason);
    printError(result.reason);
  }
  return result;
}

function ended(result) {
  finish('end', result);
  if (handling) return; // whoever handles requests goes on with the next one by itself
  if (!eventful) setImmediate(next);
  else setImmediate(pump);
}

function handle({ kind, body }) {
  handling = true;
  try {
    if (kind === 'run') run(body);
    else if (kind === 'init') init(body);
    else if (kind === 'idle') leaveTimersRunning();
  } finally {
    handling = false;
  }
}

function next() {
  if (eventful) {
    pump();
    return;
  }
  while (phase === null && !eventful && !spent) handle(channel.readBlocking());
}

function pump() {
  while (phase === null && !spent) {
    const request = channel.take();
    if (!request) return;
    handle(request);
  }
}

// Says whether requests are still read one by one.
function leaveTimersRunning() {
  const stays = !eventful && process.getActiveResourcesInfo().length <= ownResources;
  if (!stays && !eventful) readByEvents();
  channel.send('idle', stays ? '0' : '-', 0, 0, '', '');
  if (!stays) pump();
}

function readByEvents() {
  eventful = true;
  channel.readByEvents(pump);
}

function finishAll(verdict) {
  if (phase !== null) finish(phase, { verdict, size: 0, result: '' });
  if (overlapping) overlapping.finishAll(verdict);
}

// The process is about to end, whatever the reason: what it printed goes out first.
process.reallyExit = (code) => {
  finishAll('x');
  reallyExit(code);
};

const emitWarning = process.emitWarning.bind(process);
process.emitWarning = (warning, ...rest) => {
  // Announced by Node.js 20 on a text's first `import()`, which is the loader's doing and not the action's.
  if (!String(warning).includes('USE_MAIN_CONTEXT_DEFAULT_LOADER')) emitWarning(warning, ...rest);
};

process.on('uncaughtException', (error, origin) => {
  if (process.listenerCount('uncaughtException') > 1) return; // the action deals with it
  prepareForLog(error);
  printError(origin === 'unhandledRejection' && !(error instanceof Error) ? `Unhandled rejection: ${asText(error)}` : error);
  if (isOutOfMemory(error)) finishAll('m');
  process.exit(1);
});

logs.capture();
load({ main: 'main', code: 'function main() {}', binary: false }); // the first time is slow, and nobody waits for it yet
channel.token = channel.readBlocking().body.token;
process.argv = [process.argv[0], 'action.js'];
setInterval(() => {}, FOREVER_MS); // a run that waits for nothing lasts until its time limit, as in a container
ownResources = process.getActiveResourcesInfo().length;
channel.send('ready', '-', 0, 0, '', '');
setImmediate(next);
