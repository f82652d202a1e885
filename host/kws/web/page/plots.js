// SPDX-License-Identifier: Apache-2.0
// The two pictures: mel channels over time, and scores over time.

import { about } from "./model.js";

const FRAMES = Math.round(about.seconds / about.hop);
const HIGHEST = 680; // the largest feature there is, nearly

// Words have colours, silence and other words are grey.
export const colours = about.labels.map((label) => {
  const word = about.words.indexOf(label);
  return word < 0 ? "hsl(0 0% 55%)" : `hsl(${Math.round((360 * word) / about.words.length)} 75% 45%)`;
});

function fitted(canvas) {
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth * scale, canvas.clientHeight * scale].map(Math.round);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  return canvas.getContext("2d");
}

// Frames are drawn into an image a pixel each, which is then stretched over the canvas.
export class MelPicture {
  constructor(canvas) {
    this.canvas = canvas;
    this.image = new OffscreenCanvas(FRAMES, about.channels);
  }

  add(frames) {
    if (!frames.length) return;
    const context = this.image.getContext("2d", { willReadFrequently: true });
    const count = Math.min(frames.length, FRAMES);
    context.drawImage(this.image, -count, 0);
    const pixels = context.createImageData(count, about.channels);
    frames.slice(-count).forEach((frame, x) => {
      frame.forEach((value, channel) => {
        const level = Math.min(1, value / HIGHEST);
        const at = 4 * ((about.channels - 1 - channel) * count + x);
        pixels.data.set([255 * level ** 0.7, 255 * level ** 1.5, 90 + 120 * level * (1 - level), 255], at);
      });
    });
    context.putImageData(pixels, FRAMES - count, 0);
  }

  draw() {
    const context = fitted(this.canvas);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.image, 0, 0, this.canvas.width, this.canvas.height);
  }
}

export class ScorePicture {
  constructor(canvas) {
    this.canvas = canvas;
    this.points = [];
    this.recent = [];
  }

  clear() {
    this.points = [];
    this.recent = [];
  }

  add(decisions) {
    for (const decision of decisions) {
      this.recent = [...this.recent, decision.scores].slice(-about.smoothing);
      if (this.recent.length < about.smoothing) continue;
      const mean = (k) => this.recent.reduce((sum, scores) => sum + scores[k] + 128, 0) / about.smoothing / 256;
      this.points.push({ samples: decision.samples, scores: about.labels.map((_, k) => mean(k)) });
    }
    const last = this.points.at(-1)?.samples ?? 0;
    this.points = this.points.filter((point) => point.samples > last - about.seconds * about.rate);
  }

  draw(now, threshold) {
    const context = fitted(this.canvas);
    const { width, height } = this.canvas;
    const x = (samples) => width * (1 - (now - samples) / about.rate / about.seconds);
    context.clearRect(0, 0, width, height);
    context.lineWidth = 2 * (window.devicePixelRatio || 1);
    about.labels.forEach((_, k) => {
      context.strokeStyle = colours[k];
      context.beginPath();
      this.points.forEach((p) => context.lineTo(x(p.samples), height * (1 - p.scores[k])));
      context.stroke();
    });
    context.strokeStyle = getComputedStyle(this.canvas).color;
    context.setLineDash([8, 6]);
    context.beginPath();
    context.moveTo(0, height * (1 - threshold));
    context.lineTo(width, height * (1 - threshold));
    context.stroke();
    context.setLineDash([]);
  }
}
