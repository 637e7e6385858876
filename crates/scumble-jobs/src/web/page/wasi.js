"use strict";
// What the program asks of a system (WASI, preview 1), answered from files in memory: nothing else is there for it to reach.

const ERRNO = { ok: 0, badf: 8, exist: 20, inval: 28, noent: 44, nosys: 52 };
const TYPE = { device: 2, folder: 3, file: 4 };
const ROOT = 3;

// A file that grows as it is written to.
class MemoryFile {
  constructor(bytes = new Uint8Array(0)) {
    this.held = bytes;
    this.size = bytes.length;
  }
  get bytes() {
    return this.held.subarray(0, this.size);
  }
  write(bytes, at) {
    const end = at + bytes.length;
    if (end > this.held.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.held.length));
      grown.set(this.bytes);
      this.held = grown;
    }
    this.held.set(bytes, at);
    this.size = Math.max(this.size, end);
  }
}

class Exit extends Error {
  constructor(code) {
    super(`exit ${code}`);
    this.code = code;
  }
}

// Runs a program: its words, files by name, and who takes what it writes to stdout and stderr. Returns its exit code.
const run = (module, words, files, { stdout, stderr }) => {
  const folders = new Set([""]);
  const streams = [null, { take: stdout }, { take: stderr }, { folder: "" }];
  let memory;
  const view = () => new DataView(memory.buffer);
  const bytes = (at, length) => new Uint8Array(memory.buffer, at, length);
  const path = (at, length) => new TextDecoder().decode(bytes(at, length)).replace(/^(\.\/)+|\/+$|^\.$/g, "");
  const encoded = words.map((word) => new TextEncoder().encode(`${word}\0`));
  const texts = (list) => ({
    sizes(count, length) {
      view().setUint32(count, list.length, true);
      view().setUint32(length, list.reduce((sum, text) => sum + text.length, 0), true);
      return ERRNO.ok;
    },
    get(places, at) {
      list.forEach((text, i) => {
        view().setUint32(places + 4 * i, at, true);
        bytes(at, text.length).set(text);
        at += text.length;
      });
      return ERRNO.ok;
    },
  });
  const stat = (at, type, size) => {
    bytes(at, 64).fill(0);
    view().setUint8(at + 16, type);
    view().setBigUint64(at + 32, BigInt(size), true);
    return ERRNO.ok;
  };
  // The parts of memory that a read fills or a write takes.
  const parts = (at, count) =>
    Array.from({ length: count }, (_, i) => bytes(view().getUint32(at + 8 * i, true), view().getUint32(at + 8 * i + 4, true)));
  const moved = (at, count) => {
    view().setUint32(at, count, true);
    return ERRNO.ok;
  };
  const [args, environ] = [texts(encoded), texts([])];
  const calls = {
    args_sizes_get: args.sizes,
    args_get: args.get,
    environ_sizes_get: environ.sizes,
    environ_get: environ.get,
    // Names of files being written are drawn by it; nothing here is a secret.
    random_get(at, length) {
      for (let from = 0; from < length; from += 65536) {
        crypto.getRandomValues(bytes(at + from, Math.min(65536, length - from)));
      }
      return ERRNO.ok;
    },
    sched_yield: () => ERRNO.ok,
    fd_sync: () => ERRNO.ok,
    proc_exit(code) {
      throw new Exit(code);
    },
    fd_prestat_get(fd, at) {
      if (fd !== ROOT) return ERRNO.badf;
      view().setUint32(at, 0, true);
      view().setUint32(at + 4, 1, true);
      return ERRNO.ok;
    },
    fd_prestat_dir_name(fd, at) {
      bytes(at, 1)[0] = "/".charCodeAt(0);
      return ERRNO.ok;
    },
    fd_fdstat_get(fd, at) {
      const stream = streams[fd];
      if (!stream) return ERRNO.badf;
      bytes(at, 24).fill(0);
      view().setUint8(at, stream.file ? TYPE.file : stream.take ? TYPE.device : TYPE.folder);
      view().setBigUint64(at + 8, ~0n, true);
      view().setBigUint64(at + 16, ~0n, true);
      return ERRNO.ok;
    },
    fd_filestat_get(fd, at) {
      const stream = streams[fd];
      if (!stream) return ERRNO.badf;
      return stream.file ? stat(at, TYPE.file, stream.file.size) : stat(at, stream.take ? TYPE.device : TYPE.folder, 0);
    },
    path_filestat_get(fd, flags, at, length, result) {
      const name = path(at, length);
      if (files.has(name)) return stat(result, TYPE.file, files.get(name).size);
      return folders.has(name) ? stat(result, TYPE.folder, 0) : ERRNO.noent;
    },
    path_open(fd, lookup, at, length, flags, rights, inherited, mode, result) {
      const [create, only, empty] = [1, 4, 8].map((bit) => (flags & bit) !== 0);
      const name = path(at, length);
      if (folders.has(name)) return moved(result, streams.push({ folder: name }) - 1);
      if (files.has(name) ? only : !create) return files.has(name) ? ERRNO.exist : ERRNO.noent;
      if (empty || !files.has(name)) files.set(name, new MemoryFile());
      return moved(result, streams.push({ file: files.get(name), at: 0 }) - 1);
    },
    path_create_directory(fd, at, length) {
      const name = path(at, length);
      if (folders.has(name)) return ERRNO.exist;
      folders.add(name);
      return ERRNO.ok;
    },
    path_rename(fd, at, length, other, to, longer) {
      const [name, renamed] = [path(at, length), path(to, longer)];
      if (!files.has(name)) return ERRNO.noent;
      files.set(renamed, files.get(name));
      files.delete(name);
      return ERRNO.ok;
    },
    path_unlink_file: (fd, at, length) => (files.delete(path(at, length)) ? ERRNO.ok : ERRNO.noent),
    fd_close(fd) {
      if (!streams[fd]) return ERRNO.badf;
      streams[fd] = null;
      return ERRNO.ok;
    },
    fd_read(fd, at, count, result) {
      const stream = streams[fd];
      if (!stream?.file) return ERRNO.badf;
      const began = stream.at;
      for (const part of parts(at, count)) {
        const found = stream.file.bytes.subarray(stream.at, stream.at + part.length);
        part.set(found);
        stream.at += found.length;
      }
      return moved(result, stream.at - began);
    },
    fd_write(fd, at, count, result) {
      const stream = streams[fd];
      if (!stream || stream.folder !== undefined) return ERRNO.badf;
      let written = 0;
      for (const part of parts(at, count)) {
        if (stream.take) {
          stream.take(part.slice());
        } else {
          stream.file.write(part, stream.at);
          stream.at += part.length;
        }
        written += part.length;
      }
      return moved(result, written);
    },
    fd_seek(fd, offset, whence, result) {
      const stream = streams[fd];
      if (!stream?.file) return ERRNO.badf;
      const at = [0, stream.at, stream.file.size][whence] + Number(offset);
      if (!(at >= 0)) return ERRNO.inval;
      stream.at = at;
      view().setBigUint64(result, BigInt(at), true);
      return ERRNO.ok;
    },
  };
  const answer = ({ name }) => [name, calls[name] ?? (() => ERRNO.nosys)];
  const wanted = WebAssembly.Module.imports(module).map(answer);
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: Object.fromEntries(wanted) });
  memory = instance.exports.memory;
  try {
    instance.exports._start();
    return 0;
  } catch (stop) {
    if (stop instanceof Exit) return stop.code;
    throw stop;
  }
};
