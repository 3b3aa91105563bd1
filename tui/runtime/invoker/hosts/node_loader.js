'use strict';
// Finds the action's entry function: in a text, or in an archive that is unpacked into the working folder.

const fs = require('fs');
const Module = require('module');
const path = require('path');
const vm = require('vm');

const NEEDS_SMALL_CODE_RANGES = Number(process.versions.node.split('.')[0]) >= 22;
const CODE_RANGE_MB = 32;
const ZIP = 0x504b0304;
const GZIP = 0x1f8b;
const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*(\.[\p{ID_Start}$_][\p{ID_Continue}$]*)*$/u;

// Returns the function, or a promise of it. What it throws is what the stock runtime would report, text or Error.
// `install` brings the dependencies of what was unpacked.
function load({ main, code, binary }, install) {
  if (NEEDS_SMALL_CODE_RANGES && (binary || code.includes('worker_threads'))) shrinkCodeRanges();
  return binary ? loadArchive(main, Buffer.from(code, 'base64'), install) : assertFunction(loadText(main, code), main);
}

// From Node.js 22 on each thread reserves half a gigabyte for its machine code, all of which the memory bound counts.
function shrinkCodeRanges() {
  const threads = require('worker_threads');
  const resourceLimits = { codeRangeSizeMb: CODE_RANGE_MB };
  threads.Worker = class Worker extends threads.Worker {
    constructor(file, options) {
      super(file, { ...options, resourceLimits: { ...resourceLimits, ...options?.resourceLimits } });
    }
  };
  Module.syncBuiltinESMExports();
}

function assertFunction(handler, main) {
  if (typeof handler === 'function') return handler;
  throw `Action entrypoint '${main}' is not a function.`;
}

// A text is CommonJS, evaluated as the body of a function, so that a plain `function main` is found as well as an export.
function loadText(main, code) {
  const file = path.join(process.cwd(), 'action.js');
  const module = new Module(file, null);
  module.filename = file;
  module.paths = Module._nodeModulePaths(process.cwd());
  const lookUp = NAME.test(main)
    ? `\n;try { return ${main} } catch (error) { if (!(error instanceof ReferenceError)) throw error }`
    : '';
  const compiled = compile(code, lookUp, file);
  const require = Module.createRequire(file);
  const local = compiled.call(module.exports, module.exports, require, module, file, process.cwd());
  return local ?? member(module.exports, main);
}

function compile(code, lookUp, filename) {
  const names = ['exports', 'require', 'module', '__filename', '__dirname'];
  const importModuleDynamically = vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER ?? ((name) => import(name));
  try {
    return vm.compileFunction(code + lookUp, names, { filename, importModuleDynamically });
  } catch (error) {
    vm.compileFunction(code, names, { filename }); // if the code alone is wrong, the error is about nothing else
    throw error;
  }
}

function member(object, dotted) {
  return dotted.split('.').reduce((value, name) => value?.[name], object);
}

function loadArchive(main, archive, install) {
  const folder = process.cwd();
  unpack(archive, folder);
  const dot = main.indexOf('.');
  const [moduleName, exported] = dot < 0 ? [null, main] : [main.slice(0, dot), main.slice(dot + 1)];
  if (moduleName === null && !fs.existsSync('package.json') && !fs.existsSync('index.js')) {
    throw 'Zipped actions must contain either package.json or index.js at the root.';
  }
  if (lacksDependencies()) install();
  const require = Module.createRequire(path.join(folder, 'action.js'));
  const entry = require.resolve(moduleName === null ? folder : path.join(folder, moduleName));
  const found = (exports) => assertFunction(member(exports, exported) ?? member(exports.default, exported), main);
  if (isEsModule(entry)) return import(require('url').pathToFileURL(entry).href).then(found);
  return found(require(entry));
}

function lacksDependencies() {
  if (fs.existsSync('node_modules') || !fs.existsSync('package.json')) return false;
  try {
    return Object.keys(JSON.parse(fs.readFileSync('package.json', 'utf8')).dependencies ?? {}).length > 0;
  } catch {
    return false; // Node.js itself says what is wrong with the file
  }
}

function unpack(archive, folder) {
  const { unzip, untar } = require('./node_archive.js');
  if (archive.length >= 4 && archive.readUInt32BE(0) === ZIP) return unpackAs('Zip', unzip, archive, folder);
  if (archive.length >= 2 && archive.readUInt16BE(0) === GZIP) return unpackAs('Tar GZ', untar, archive, folder);
  throw 'There was an error uncompressing the action archive. The file type is unsupported';
}

function unpackAs(name, work, archive, folder) {
  try {
    work(archive, folder);
  } catch (error) {
    console.error(String(error.message));
    throw `There was an error uncompressing the action ${name} archive.`;
  }
}

// `import` is used for these and not `require`, which older versions refuse and others warn about.
function isEsModule(file) {
  if (file.endsWith('.mjs')) return true;
  if (!file.endsWith('.js')) return false;
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).type === 'module';
    } catch (error) {
      if (error.code !== 'ENOENT' || folder === path.dirname(folder)) return false;
    }
  }
}

module.exports = { load };
