// SPDX-License-Identifier: Apache-2.0
// A zip file without compression (APPNOTE.TXT, PKWARE): what clips of speech need.

const table = Uint32Array.from({ length: 256 }, (_, i) => {
  let c = i;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = table[(c ^ byte) & 0xff] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

// [[path, Uint8Array], ...] -> Blob
export function zip(files) {
  const parts = [];
  const directory = [];
  let at = 0;
  for (const [path, bytes] of files) {
    const name = new TextEncoder().encode(path);
    const fields = (signature, size) => {
      const view = new DataView(new ArrayBuffer(size));
      view.setUint32(0, signature, true);
      const first = size === 30 ? 4 : 6;
      if (size === 46) view.setUint16(4, 20, true);
      view.setUint16(first, 20, true); // version that can read it
      view.setUint16(first + 2, 0x0800, true); // names in UTF-8
      view.setUint16(first + 8, 0x21, true); // 1 January 1980
      view.setUint32(first + 10, crc32(bytes), true);
      view.setUint32(first + 14, bytes.length, true);
      view.setUint32(first + 18, bytes.length, true);
      view.setUint16(first + 22, name.length, true);
      return view;
    };
    parts.push(fields(0x04034b50, 30).buffer, name, bytes);
    const entry = fields(0x02014b50, 46);
    entry.setUint32(42, at, true);
    directory.push(entry.buffer, name);
    at += 30 + name.length + bytes.length;
  }
  const size = directory.reduce((sum, part) => sum + part.byteLength, 0);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, files.length, true);
  end.setUint16(10, files.length, true);
  end.setUint32(12, size, true);
  end.setUint32(16, at, true);
  return new Blob([...parts, ...directory, end.buffer], { type: "application/zip" });
}
