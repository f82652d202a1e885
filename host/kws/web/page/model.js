// SPDX-License-Identifier: Apache-2.0
// The firmware's C code as WebAssembly: samples in; frames, decisions and detected words out.

export const about = JSON.parse(document.getElementById("model").textContent);

export class Listener {
  static async load(url) {
    const bytes = await (await fetch(url)).arrayBuffer();
    const { instance } = await WebAssembly.instantiate(bytes, {});
    return new Listener(instance.exports);
  }

  constructor(c) {
    this.c = c;
    if (!c.kws_web_start()) throw new Error("it cannot run here");
    this.milliseconds = 0; // spent computing
    this.seconds = 0; // of sound
  }

  restart() {
    this.c.kws_web_restart();
    this.milliseconds = 0;
    this.seconds = 0;
  }

  setThreshold(word, value) {
    this.c.kws_web_set_threshold(word, Math.round(value * 65536));
  }

  // Int16Array of any length -> { frames: [Uint16Array], decisions: [{samples, word, score, scores}] }
  hear(samples) {
    const began = performance.now();
    const heard = { frames: [], decisions: [] };
    const block = this.c.kws_web_most_samples();
    for (let at = 0; at < samples.length; at += block) {
      this._hear(samples.subarray(at, at + block), heard);
    }
    this.milliseconds += performance.now() - began;
    this.seconds += samples.length / about.rate;
    return heard;
  }

  _hear(samples, heard) {
    const memory = this.c.memory.buffer;
    new Int16Array(memory, this.c.kws_web_samples(), samples.length).set(samples);
    const count = this.c.kws_web_hear(samples.length);
    if (count < 0) throw new Error("the model cannot run");
    const frames = this.c.kws_web_frame_count();
    const features = new Uint16Array(memory, this.c.kws_web_frames(), frames * about.channels);
    for (let i = 0; i < frames; i++) {
      heard.frames.push(features.slice(i * about.channels, (i + 1) * about.channels));
    }
    const size = this.c.kws_web_decision_bytes();
    for (let i = 0; i < count; i++) {
      const view = new DataView(memory, this.c.kws_web_decisions() + i * size, size);
      const scores = new Int8Array(about.labels.length);
      for (let k = 0; k < scores.length; k++) scores[k] = view.getInt8(12 + k);
      heard.decisions.push({
        samples: view.getUint32(0, true),
        word: view.getInt32(4, true),
        score: view.getUint32(8, true) / 65536,
        scores,
      });
    }
  }
}
