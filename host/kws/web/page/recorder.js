// SPDX-License-Identifier: Apache-2.0
// Runs beside the page: hands on what the microphone hears, in blocks of 10 ms and more.

class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.blocks = [];
    this.count = 0;
  }

  process([[channel]]) {
    if (!channel) return true;
    this.blocks.push(channel.slice());
    this.count += channel.length;
    if (this.count >= sampleRate / 50) {
      const all = new Float32Array(this.count);
      this.blocks.reduce((at, block) => (all.set(block, at), at + block.length), 0);
      this.port.postMessage(all, [all.buffer]);
      this.blocks = [];
      this.count = 0;
    }
    return true;
  }
}

registerProcessor("recorder", Recorder);
