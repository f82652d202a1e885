// SPDX-License-Identifier: Apache-2.0
// The page: microphone or file to the model, what it hears on the screen, clips for training.

import { Listener, about } from "./model.js";
import { MelPicture, ScorePicture, colours } from "./plots.js";
import { decibels, openMicrophone, readFile, wavBytes } from "./sound.js";
import { zip } from "./zip.js";

const $ = (id) => document.getElementById(id);
const SHOWN = 200; // detections

const listener = await Listener.load("kws.wasm").catch((error) => {
  $("status").textContent = `The model could not be loaded: ${error.message}. Serve this folder over http (kws web).`;
  throw error;
});
const mel = new MelPicture($("mel"));
const scores = new ScorePicture($("scores"));
let microphone = null;
let heardSamples = 0;
let threshold = about.threshold;

function restart() {
  listener.restart();
  scores.clear();
  heardSamples = 0;
  $("word").textContent = "–";
  $("detections").replaceChildren();
}

function applyThreshold(value) {
  threshold = value;
  $("threshold").value = value;
  $("threshold-value").textContent = value.toFixed(3);
  about.labels.forEach((_, word) => listener.setThreshold(word, value));
}

function asBuilt() {
  applyThreshold(about.threshold);
  about.thresholds.forEach((value, word) => listener.setThreshold(word, value));
  if (new Set(about.thresholds.slice(-about.words.length)).size > 1) {
    $("threshold-value").textContent = "of each word";
  }
}

function show(decision) {
  const word = about.labels[decision.word];
  $("word").textContent = word;
  $("word").style.borderColor = colours[decision.word];
  const entry = document.createElement("li");
  const seconds = (decision.samples / about.rate).toFixed(2);
  entry.textContent = `${word} at ${seconds} s, score ${decision.score.toFixed(3)}`;
  $("detections").prepend(entry);
  while ($("detections").children.length > SHOWN) $("detections").lastChild.remove();
}

function hear(samples) {
  const heard = listener.hear(samples);
  heardSamples += samples.length;
  mel.add(heard.frames);
  scores.add(heard.decisions);
  heard.decisions.filter((decision) => decision.word >= 0).forEach(show);
  $("level").value = decibels(samples);
  $("time").textContent =
    `${heardSamples / about.rate < 1 ? "" : `${(listener.milliseconds / listener.seconds).toFixed(2)} ms of computing a second of sound; `}` +
    `${(heardSamples / about.rate).toFixed(0)} s heard`;
  return heard;
}

function draw() {
  mel.draw();
  scores.draw(heardSamples, threshold);
  if (microphone) requestAnimationFrame(draw);
}

async function toggleMicrophone() {
  const button = $("listen");
  button.disabled = true;
  try {
    if (microphone) {
      await microphone.stop();
      microphone = null;
      button.textContent = "Start the microphone";
      $("status").textContent = "The microphone is off.";
    } else {
      restart();
      microphone = await openMicrophone((samples) => {
        hear(samples);
        recorder.take(samples);
      });
      button.textContent = "Stop the microphone";
      $("status").textContent = `Listening for: ${about.words.join(", ")}.`;
      requestAnimationFrame(draw);
    }
    $("record").disabled = !microphone;
  } catch (error) {
    $("status").textContent = `The microphone cannot be used: ${error.message}.`;
  }
  button.disabled = false;
}

async function openFile() {
  const [file] = $("file").files;
  if (!file) return;
  if (microphone) await toggleMicrophone();
  try {
    const samples = await readFile(file);
    restart();
    $("status").textContent = `${file.name}: ${(samples.length / about.rate).toFixed(1)} s`;
    hear(samples);
    draw();
  } catch (error) {
    $("status").textContent = `${file.name} cannot be read as sound: ${error.message}.`;
  }
  $("file").value = "";
}

// One clip at a time from the microphone; kept in the page until they are saved.
const recorder = {
  clips: [],
  parts: null,
  start() {
    const word = $("record-word").value.trim();
    const speaker = $("record-speaker").value.trim().replace(/[^A-Za-z0-9-]/g, "");
    if (!word || /[\\/:*?"<>|]|^[._]/.test(word) || !speaker) {
      $("record-status").textContent = "Give a word that can name a folder, and a speaker (letters and digits).";
      return;
    }
    this.parts = { word, speaker, samples: new Int16Array(about.clip), count: 0 };
    $("record-status").textContent = `Say “${word}” now …`;
  },
  take(samples) {
    if (!this.parts) return;
    const { samples: clip, count } = this.parts;
    clip.set(samples.subarray(0, clip.length - count), count);
    this.parts.count = Math.min(clip.length, count + samples.length);
    if (this.parts.count < clip.length) return;
    this.clips.push(this.parts);
    const peak = this.parts.samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    const problem = peak > 32000 ? " It is clipped: go further away." : peak < 1500 ? " It is very soft: come closer." : "";
    this.parts = null;
    this.tell(problem);
  },
  tell(problem = "") {
    const counts = {};
    this.clips.forEach(({ word }) => (counts[word] = (counts[word] ?? 0) + 1));
    const list = Object.entries(counts).map(([word, count]) => `${word}: ${count}`);
    $("record-status").textContent = (list.join(", ") || "No clip yet.") + problem;
    $("save").disabled = $("drop").disabled = !this.clips.length;
  },
  save() {
    const taken = {};
    const files = this.clips.map(({ word, speaker, samples }) => {
      const key = `${word}/${speaker}`;
      const number = (taken[key] = (taken[key] ?? -1) + 1);
      return [`${word}/${speaker}_nohash_${number}.wav`, wavBytes(samples)];
    });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(zip(files));
    link.download = "clips.zip";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  },
};

about.labels.forEach((label, k) => {
  const entry = document.createElement("li");
  const colour = document.createElement("span");
  colour.style.background = colours[k];
  entry.append(colour, label);
  $("legend").append(entry);
});
asBuilt();
$("threshold").addEventListener("input", () => applyThreshold(Number($("threshold").value)));
$("as-built").addEventListener("click", asBuilt);
$("listen").addEventListener("click", toggleMicrophone);
$("file").addEventListener("change", openFile);
$("record").addEventListener("click", () => recorder.start());
$("drop").addEventListener("click", () => (recorder.clips.pop(), recorder.tell()));
$("save").addEventListener("click", () => recorder.save());
$("listen").disabled = $("file").disabled = false;
$("record-word").value = about.words[0] ?? "";
$("status").textContent = `Ready. It listens for: ${about.words.join(", ")}.`;
draw();

// For tests and tools: the same model, from outside the page.
window.kws = { about, listener, hear, restart, recorder };
