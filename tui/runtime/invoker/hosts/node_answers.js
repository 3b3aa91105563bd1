'use strict';
// What the action returned or threw, as the verdict, size and JSON that a frame carries.
//
// Verdicts: 0 success, 1 application error, 2 developer error (a JSON object with `error`), n an answer that is no JSON
// object or array, t an answer that is too long, m out of memory. A `reason` says what the log shall tell beyond that.

const { byteLength } = Buffer;
const bufferFrom = Buffer.from;
const { parse, stringify } = JSON;
const { hasOwn } = Object;
const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 64;

function answer(value) {
  if (value === undefined) value = {};
  if (typeof value !== 'object') return failure('The action did not return a dictionary.');
  let body;
  try {
    body = stringify(value);
  } catch (error) {
    return { ...failure('Internal error.'), reason: error };
  }
  return body === undefined ? { verdict: 'n', size: 0, result: '' } : classify(body);
}

function classify(body) {
  if (body.length * 3 > MAX_BYTES && byteLength(body) > MAX_BYTES) {
    const bytes = bufferFrom(body);
    return { verdict: 't', size: bytes.length, result: bytes.subarray(0, MAX_BYTES) };
  }
  const size = body.length;
  if (body[0] !== '{') return { verdict: body[0] === '[' ? '0' : 'n', size, result: body };
  if (body.includes('"error":')) {
    const parsed = parse(body);
    if (hasOwn(parsed, 'error')) return { verdict: '1', size, result: stringify({ error: parsed.error }) };
  }
  return { verdict: '0', size, result: body };
}

// A developer error, as the stock runtime answers it.
function failure(text) {
  const result = stringify({ error: text });
  return { verdict: '2', size: result.length, result };
}

function rejection(reason) {
  if (isOutOfMemory(reason)) return { verdict: 'm', size: 0, result: '' };
  return answer({ error: reason ? serialise(reason, []) : {} });
}

function thrown(error) {
  if (isOutOfMemory(error)) return { verdict: 'm', size: 0, result: '' };
  return failure(`An error has occurred: ${asText(error)}`);
}

// The memory bound shows as a refused allocation; a container that has no more memory is killed instead.
function isOutOfMemory(error) {
  return (
    (error instanceof RangeError && /allocation failed|could not allocate memory/i.test(error.message)) ||
    (error instanceof Error && error.code === 'ERR_MEMORY_ALLOCATION_FAILED')
  );
}

// An error as a plain object: its own enumerable members, then name, message, stack and code.
function serialise(value, parents) {
  if (typeof value === 'function') return `[Function: ${value.name || 'anonymous'}]`;
  if (typeof value !== 'object' || value === null) return value;
  if (typeof value.toJSON === 'function' && !(value instanceof Error)) return value;
  const within = [...parents, value];
  const copy = Array.isArray(value) ? [] : {};
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (typeof member === 'function') continue;
    if (member === null || typeof member !== 'object') copy[key] = member;
    else if (within.includes(member) || within.length > MAX_DEPTH) copy[key] = '[Circular]';
    else copy[key] = serialise(member, within);
  }
  for (const key of ['name', 'message', 'stack', 'code']) {
    if (typeof value[key] === 'string') copy[key] = value[key];
  }
  return copy;
}

function asText(value) {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

// Takes this program's own frames out of a stack: the user is looking for theirs.
function cleanStack(error) {
  try {
    if (!(error instanceof Error) || typeof error.stack !== 'string' || !error.stack.includes(__dirname)) return;
    const inner = error instanceof SyntaxError ? [__dirname, '(node:'] : [__dirname];
    const isForeign = (line) => !inner.some((part) => line.includes(part));
    error.stack = error.stack.split('\n').filter(isForeign).join('\n');
  } catch {
    // an error that cannot be changed is shown as it is
  }
}

module.exports = { answer, failure, rejection, thrown, asText, cleanStack, isOutOfMemory };
