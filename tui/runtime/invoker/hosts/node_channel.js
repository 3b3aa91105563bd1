'use strict';
// The worker's ends of the connection to the runtime: requests come in on a socket, frames go out on a pipe.
//
// A request is `<kind> <bytes>\n` and that many bytes of JSON, filled up to whole blocks: a host reads one request and
// nothing of the next, so that the runtime can take back what is not begun. A frame is
// `<token> <kind> <verdict> <size> <log bytes> <result bytes> <logs bytes>\n`, then the result, then the log lines (JSON
// texts joined by commas), so that the runtime slices both out without reading them.

const fs = require('fs');

const RETRY_MS = 1;
const CHUNK_BYTES = 65536;
const BLOCK_BYTES = 1024;
const SHORT_CHARACTERS = 16384;
const LINE_END = 10;
const napper = new Int32Array(new SharedArrayBuffer(4));
// Kept from the start: an action may put something of its own in the place of any global.
const { byteLength, concat } = Buffer;
const { ceil } = Math;
const bufferFrom = Buffer.from;
const { parse } = JSON;
const { readSync, writeSync } = fs;
const EMPTY = Buffer.alloc(0);

// Blocks until all of it is written.
function writeAll(descriptor, bytes) {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += fs.writeSync(descriptor, bytes, written);
    } catch (error) {
      if (error.code !== 'EAGAIN' && error.code !== 'EINTR') process.kill(process.pid, 'SIGKILL');
      Atomics.wait(napper, 0, 0, RETRY_MS);
    }
  }
}

// The same for a short text, which is written at once as a rule and needs no buffer of its own then.
function writeText(descriptor, text) {
  let written = 0;
  try {
    written = writeSync(descriptor, text);
  } catch (error) {
    if (error.code !== 'EAGAIN' && error.code !== 'EINTR') process.kill(process.pid, 'SIGKILL');
  }
  if (written < text.length || written < byteLength(text)) writeAll(descriptor, bufferFrom(text).subarray(written));
}

// The same pipe by a descriptor of our own, which no child of the action inherits: the one that was handed on may be.
function openAnew(descriptor) {
  try {
    const opened = fs.openSync(`/dev/fd/${descriptor}`, 'w');
    fs.closeSync(descriptor);
    return opened;
  } catch {
    return descriptor;
  }
}

class Channel {
  constructor(requests, frames) {
    this.requests = requests;
    this.frames = openAnew(frames);
    this.token = '';
    this.guard = null; // set while another thread writes frames as well: it runs a function alone
    this.pending = EMPTY;
    this.large = null;
    this.largeUsed = 0;
    this.chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  }

  send(kind, verdict, size, logBytes, result, logs) {
    const resultIsText = typeof result === 'string';
    const logsAreText = typeof logs === 'string';
    const resultLength = resultIsText ? byteLength(result) : result.length;
    const logsLength = logsAreText ? byteLength(logs) : logs.length;
    const header = `${this.token} ${kind} ${verdict} ${size} ${logBytes} ${resultLength} ${logsLength}\n`;
    if (resultIsText && logsAreText) this.write(header + result + logs);
    else this.write(concat([bufferFrom(header), bufferFrom(result), bufferFrom(logs)]));
  }

  write(bytes) {
    if (this.guard) {
      this.guard(() => writeAll(this.frames, typeof bytes === 'string' ? bufferFrom(bytes) : bytes));
    } else if (typeof bytes === 'string' && bytes.length < SHORT_CHARACTERS) {
      writeText(this.frames, bytes);
    } else {
      writeAll(this.frames, bufferFrom(bytes));
    }
  }

  // The next request that has arrived as a whole through the event loop, or null.
  take() {
    if (this.large || this.pending.length < BLOCK_BYTES) return null;
    const { kind, start, end, total } = this.readHead(this.pending);
    if (this.pending.length < total) {
      this.expect(total);
      return null;
    }
    const body = end === start ? null : parse(this.pending.utf8Slice(start, end));
    this.pending = this.pending.subarray(total);
    return { kind, body };
  }

  // Where the JSON is, and how long the whole request.
  readHead(bytes) {
    const lineEnd = bytes.indexOf(LINE_END);
    const line = bytes.latin1Slice(0, lineEnd);
    const blank = line.indexOf(' ');
    const start = lineEnd + 1;
    const end = start + Number(line.slice(blank + 1));
    return { kind: line.slice(0, blank), start, end, total: ceil(end / BLOCK_BYTES) * BLOCK_BYTES };
  }

  // The next request; blocks, so that nothing stands between an arriving request and the action.
  readBlocking() {
    let bytes = this.chunk;
    this.fill(bytes, 0, BLOCK_BYTES);
    const { kind, start, end, total } = this.readHead(bytes);
    if (total > BLOCK_BYTES) {
      if (total > CHUNK_BYTES) {
        bytes = Buffer.allocUnsafeSlow(total);
        this.chunk.copy(bytes, 0, 0, BLOCK_BYTES);
      }
      this.fill(bytes, BLOCK_BYTES, total);
    }
    return { kind, body: end === start ? null : parse(bytes.utf8Slice(start, end)) };
  }

  fill(bytes, from, to) {
    let used = from;
    while (used < to) {
      try {
        const count = readSync(this.requests, bytes, used, to - used, null);
        if (count === 0) process.reallyExit(0); // the runtime is gone
        used += count;
      } catch (error) {
        if (error.code !== 'EINTR') process.reallyExit(0);
      }
    }
  }

  // From now on requests arrive through the event loop, so that timers left behind by the action go on.
  readByEvents(received) {
    const { Socket } = require('net');
    const socket = new Socket({ fd: this.requests, readable: true, writable: false });
    socket.on('data', (data) => {
      this.append(data);
      received();
    });
    for (const end of ['end', 'error', 'close']) socket.on(end, () => process.reallyExit(0));
  }

  append(data) {
    if (!this.large) {
      this.pending = this.pending.length === 0 ? bufferFrom(data) : concat([this.pending, data]);
      return;
    }
    const count = data.copy(this.large, this.largeUsed);
    this.largeUsed += count;
    if (this.largeUsed < this.large.length) return;
    this.pending = count === data.length ? this.large : concat([this.large, data.subarray(count)]);
    this.large = null;
  }

  // Code comes in many pieces: they go to their place in one buffer instead of being joined again and again.
  expect(total) {
    this.large = Buffer.allocUnsafeSlow(total);
    this.largeUsed = this.pending.copy(this.large);
    this.pending = EMPTY;
  }
}

module.exports = { Channel, writeAll };
