'use strict';
// Unpacks an action's zip or gzipped tar into a folder. Names that lead out of it are refused, and so are links that do.

const fs = require('fs');
const path = require('path');
const zlib = require('zlib');

const MAX_BYTES = 600 * 1024 * 1024;
const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const UNKNOWN_32 = 0xffffffff;
const TAR_BLOCK = 512;
const TYPE_MASK = 0o170000;
const TYPE_LINK = 0o120000;

class Folder {
  constructor(root) {
    this.root = path.resolve(root);
    this.left = MAX_BYTES;
    this.made = new Set();
  }

  place(name) {
    const relative = name.replaceAll('\\', '/');
    const parts = relative.split('/');
    if (relative.includes('\0') || relative.startsWith('/') || /^[A-Za-z]:/.test(relative) || parts.includes('..')) {
      throw new Error(`The archive holds a path that is not allowed: ${name}`);
    }
    return path.join(this.root, ...parts.filter((part) => part !== '' && part !== '.'));
  }

  makeFolder(name) {
    const folder = this.place(name);
    if (this.made.has(folder)) return;
    fs.mkdirSync(folder, { recursive: true });
    this.made.add(folder);
  }

  charge(bytes) {
    this.left -= bytes;
    if (this.left < 0) throw new Error('The archive is too large when unpacked.');
  }

  writeFile(name, data, mode) {
    const file = this.place(name);
    this.charge(data.length);
    this.makeParent(file);
    fs.writeFileSync(file, data, { mode: (mode & 0o777) | 0o600, flag: 'wx' });
  }

  writeLink(name, target) {
    const file = this.place(name);
    const goal = path.resolve(path.dirname(file), target);
    if (path.isAbsolute(target) || (goal !== this.root && !goal.startsWith(this.root + path.sep))) {
      throw new Error(`The archive holds a link that leads out of it: ${name}`);
    }
    this.makeParent(file);
    fs.symlinkSync(target, file);
  }

  // Nothing is written through a link that the archive brought along.
  makeParent(file) {
    const parent = path.dirname(file);
    if (this.made.has(parent)) return;
    fs.mkdirSync(parent, { recursive: true });
    const real = fs.realpathSync(parent);
    const root = fs.realpathSync(this.root);
    if (real !== root && !real.startsWith(root + path.sep)) throw new Error('The archive writes through a link.');
    this.made.add(parent);
  }
}

function unzip(archive, root) {
  const folder = new Folder(root);
  let end = archive.length - 22;
  while (end >= 0 && archive.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1;
  if (end < 0) throw new Error('The end of the zip is missing.');
  let count = archive.readUInt16LE(end + 10);
  let position = archive.readUInt32LE(end + 16);
  while (count > 0) {
    count -= 1;
    const entry = readZipEntry(archive, position);
    position = entry.next;
    if (entry.name.endsWith('/')) {
      folder.makeFolder(entry.name);
      continue;
    }
    const data = zipData(archive, entry, folder.left);
    if ((entry.mode & TYPE_MASK) === TYPE_LINK) folder.writeLink(entry.name, data.toString());
    else folder.writeFile(entry.name, data, entry.mode || 0o644);
  }
}

function readZipEntry(archive, at) {
  if (archive.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error('The directory of the zip is damaged.');
  const nameLength = archive.readUInt16LE(at + 28);
  const extraLength = archive.readUInt16LE(at + 30);
  const extra = archive.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
  const entry = {
    encrypted: (archive.readUInt16LE(at + 8) & 1) === 1,
    method: archive.readUInt16LE(at + 10),
    packed: archive.readUInt32LE(at + 20),
    size: archive.readUInt32LE(at + 24),
    mode: archive.readUInt16LE(at + 40),
    offset: archive.readUInt32LE(at + 42),
    name: archive.toString('utf8', at + 46, at + 46 + nameLength),
    next: at + 46 + nameLength + extraLength + archive.readUInt16LE(at + 32),
  };
  readLongSizes(entry, extra);
  return entry;
}

// Some programs always write 64-bit sizes; they stand in an extra field, in this order, where the usual one is full.
function readLongSizes(entry, extra) {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let value = at + 4;
    for (const field of ['size', 'packed', 'offset']) {
      if (entry[field] !== UNKNOWN_32) continue;
      entry[field] = Number(extra.readBigUInt64LE(value));
      value += 8;
    }
  }
}

function zipData(archive, entry, left) {
  if (entry.encrypted) throw new Error('The zip is encrypted.');
  const { offset } = entry;
  const start = offset + 30 + archive.readUInt16LE(offset + 26) + archive.readUInt16LE(offset + 28);
  const packed = archive.subarray(start, start + entry.packed);
  if (packed.length !== entry.packed) throw new Error('The zip is cut off.');
  if (entry.method === 0) return packed;
  if (entry.method !== 8) throw new Error(`The zip uses compression method ${entry.method}.`);
  return zlib.inflateRawSync(packed, { maxOutputLength: Math.max(left, 1) });
}

function untar(archive, root) {
  const folder = new Folder(root);
  const tar = zlib.gunzipSync(archive, { maxOutputLength: MAX_BYTES });
  let longName = null;
  let longTarget = null;
  for (let at = 0; at + TAR_BLOCK <= tar.length && tar[at] !== 0; ) {
    const head = tar.subarray(at, at + TAR_BLOCK);
    const size = parseInt(text(head, 124, 12).trim() || '0', 8);
    const data = tar.subarray(at + TAR_BLOCK, at + TAR_BLOCK + size);
    at += TAR_BLOCK + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
    const type = String.fromCharCode(head[156] || 48);
    if (type === 'L') longName = text(data, 0, size);
    else if (type === 'K') longTarget = text(data, 0, size);
    else if (type === 'x') ({ path: longName = longName, linkpath: longTarget = longTarget } = paxFields(data));
    else if (type !== 'g') {
      writeTarEntry(folder, head, type, data, longName ?? tarName(head), longTarget ?? text(head, 157, 100));
      longName = longTarget = null;
    }
  }
}

function writeTarEntry(folder, head, type, data, name, target) {
  if (type === '5') folder.makeFolder(name);
  else if (type === '2') folder.writeLink(name, target);
  else if (type === '1') folder.writeFile(name, fs.readFileSync(folder.place(target)), 0o644);
  else if (type === '0' || type === '7') folder.writeFile(name, data, parseInt(text(head, 100, 8).trim() || '644', 8));
  else throw new Error(`The archive holds a special file: ${name}`);
}

function tarName(head) {
  const prefix = text(head, 257, 5) === 'ustar' ? text(head, 345, 155) : '';
  return prefix === '' ? text(head, 0, 100) : `${prefix}/${text(head, 0, 100)}`;
}

function paxFields(data) {
  const fields = {};
  for (let at = 0; at < data.length; ) {
    const blank = data.indexOf(32, at);
    const length = parseInt(data.toString('latin1', at, blank), 10);
    if (!(length > 0)) break;
    const [, key, value] = /^([^=]*)=([^]*)\n$/.exec(data.toString('utf8', blank + 1, at + length)) ?? [];
    if (key) fields[key] = value;
    at += length;
  }
  return fields;
}

function text(bytes, start, length) {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

module.exports = { unzip, untar };
