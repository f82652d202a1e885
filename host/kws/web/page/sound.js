// SPDX-License-Identifier: Apache-2.0
// Sound in and out: the microphone, files, and clips for training.

import { about } from "./model.js";

export function toInt16(floats) {
  const samples = new Int16Array(floats.length);
  for (let i = 0; i < floats.length; i++) {
    samples[i] = Math.max(-32768, Math.min(32767, Math.round(floats[i] * 32768)));
  }
  return samples;
}

// Calls `take` with Int16Arrays until stop() of what it returns is called.
export async function openMicrophone(take) {
  if (!navigator.mediaDevices) {
    throw new Error("no microphone here: open this page over https, or from this computer");
  }
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  });
  const context = new AudioContext({ sampleRate: about.rate });
  await context.audioWorklet.addModule("recorder.js");
  const node = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
  node.port.onmessage = (event) => take(toInt16(event.data));
  context.createMediaStreamSource(stream).connect(node);
  await context.resume();
  return {
    stop() {
      stream.getTracks().forEach((track) => track.stop());
      return context.close();
    },
  };
}

// 16-bit mono at the model's rate as it is; everything else as the browser decodes it.
export async function readFile(file) {
  const bytes = await file.arrayBuffer();
  return plainWav(bytes) ?? decoded(bytes);
}

async function decoded(bytes) {
  const context = new OfflineAudioContext(1, 1, about.rate);
  const sound = await context.decodeAudioData(bytes);
  const mixed = new Float32Array(sound.length);
  for (let channel = 0; channel < sound.numberOfChannels; channel++) {
    sound.getChannelData(channel).forEach((value, i) => (mixed[i] += value / sound.numberOfChannels));
  }
  return toInt16(mixed);
}

function plainWav(bytes) {
  const view = new DataView(bytes);
  const tag = (at) => String.fromCharCode(...new Uint8Array(bytes, at, 4));
  if (bytes.byteLength < 44 || tag(0) !== "RIFF" || tag(8) !== "WAVE") return null;
  let plain = false;
  for (let at = 12; at + 8 <= bytes.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    if (tag(at) === "fmt ") {
      plain =
        view.getUint16(at + 8, true) === 1 &&
        view.getUint16(at + 10, true) === 1 &&
        view.getUint32(at + 12, true) === about.rate &&
        view.getUint16(at + 22, true) === 16;
    } else if (tag(at) === "data") {
      const count = Math.min(size, bytes.byteLength - at - 8) >> 1;
      return plain ? new Int16Array(bytes.slice(at + 8, at + 8 + 2 * count)) : null;
    }
    at += 8 + size + (size % 2);
  }
  return null;
}

export function wavBytes(samples) {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const text = (at, word) => [...word].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, about.rate, true);
  view.setUint32(28, 2 * about.rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => view.setInt16(44 + 2 * i, sample, true));
  return bytes;
}

export function decibels(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return 10 * Math.log10(sum / Math.max(1, samples.length) / 2 ** 30 + 1e-9);
}
