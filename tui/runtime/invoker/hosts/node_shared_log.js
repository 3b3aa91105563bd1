'use strict';
// Log lines in memory that the action's thread fills and a second thread empties.

const { Worker } = require('worker_threads');
const { writeAll } = require('./node_channel.js');

const DATA_BYTES = 256 * 1024;
const HEADER_BYTES = 16;
const SUFFIX_BYTES = 64;
const COMMA = 44;
const LOCK = 0;
const LENGTH = 1;
const LOG_BYTES = 2;
const SUFFIX_LENGTH = 3;
const FLUSH_MS = 50;
const FREE = 0;
const TAKEN = 1;
const AWAITED = 2;

class SharedMemory {
  constructor(memory) {
    this.state = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.suffix = Buffer.from(memory, HEADER_BYTES, SUFFIX_BYTES);
    this.data = Buffer.from(memory, HEADER_BYTES + SUFFIX_BYTES);
  }

  alone(work) {
    if (Atomics.compareExchange(this.state, LOCK, FREE, TAKEN) !== FREE) {
      while (Atomics.exchange(this.state, LOCK, AWAITED) !== FREE) Atomics.wait(this.state, LOCK, AWAITED);
    }
    try {
      return work();
    } finally {
      if (Atomics.exchange(this.state, LOCK, FREE) === AWAITED) Atomics.notify(this.state, LOCK, 1);
    }
  }

  // Call only inside `alone`.
  drain() {
    const length = this.state[LENGTH];
    const bytes = this.state[LOG_BYTES];
    this.state[LENGTH] = 0;
    this.state[LOG_BYTES] = 0;
    return { bytes, logs: length === 0 ? '' : Buffer.from(this.data.subarray(0, length - 1)) };
  }
}

class SharedLog {
  constructor(channel) {
    const memory = new SharedArrayBuffer(HEADER_BYTES + SUFFIX_BYTES + DATA_BYTES);
    this.memory = new SharedMemory(memory);
    const worker = new Worker(__filename, {
      workerData: { memory, frames: channel.frames, token: channel.token },
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1, codeRangeSizeMb: 4 },
    });
    worker.on('error', () => {}); // without it lines still go out with the result
    worker.unref();
    channel.guard = (write) => this.memory.alone(write);
  }

  // Whose lines come now; call it only while there are none.
  set suffix(text) {
    const { state, suffix } = this.memory;
    this.memory.alone(() => {
      state[SUFFIX_LENGTH] = suffix.latin1Write(text);
    });
  }

  // False if there is no room: then what is in there has to be sent first.
  push(entry, bytes) {
    const { state, data } = this.memory;
    return this.memory.alone(() => {
      const used = state[LENGTH];
      if (used + entry.length * 3 + 1 > data.length) return false;
      const end = used + data.utf8Write(entry, used);
      data[end] = COMMA;
      state[LENGTH] = end + 1;
      state[LOG_BYTES] += bytes;
      if (used === 0) Atomics.notify(state, LENGTH);
      return true;
    });
  }

  take() {
    return this.memory.alone(() => this.memory.drain());
  }
}

function flushForever({ memory: shared, frames, token }) {
  const memory = new SharedMemory(shared);
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    Atomics.wait(memory.state, LENGTH, 0);
    Atomics.wait(never, 0, 0, FLUSH_MS);
    memory.alone(() => {
      const { bytes, logs } = memory.drain();
      if (logs.length === 0) return;
      const kind = `log${memory.suffix.latin1Slice(0, memory.state[SUFFIX_LENGTH])}`;
      writeAll(frames, Buffer.concat([Buffer.from(`${token} ${kind} - 0 ${bytes} 0 ${logs.length}\n`), logs]));
    });
  }
}

const { isMainThread, workerData } = require('worker_threads');
if (!isMainThread && workerData && workerData.memory) flushForever(workerData);

module.exports = { SharedLog };
