// SPDX-License-Identifier: Apache-2.0
// Opens the clips of a cell, draws their features, moves the threshold. The page reads without it.
"use strict";
{
  const data = JSON.parse(document.getElementById("data").textContent);
  const SHOWN_SCORES = 4;
  // Colours of the picture from -128 to 127, dark to bright: each step is brighter to every eye.
  const COLOURS = [[13, 8, 60], [84, 20, 125], [174, 45, 110], [239, 112, 62], [252, 240, 160]];

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  function colour(value) {
    const at = (value + 128) / 255 * (COLOURS.length - 1);
    const low = Math.min(Math.floor(at), COLOURS.length - 2);
    return COLOURS[low].map((c, i) => c + (COLOURS[low + 1][i] - c) * (at - low));
  }

  function draw(canvas, text) {
    const bytes = Int8Array.from(atob(text), c => c.charCodeAt(0));
    const context = canvas.getContext("2d");
    const image = context.createImageData(data.frames, data.channels);
    for (let frame = 0; frame < data.frames; frame++) {
      for (let channel = 0; channel < data.channels; channel++) {
        const row = data.channels - 1 - channel;
        const value = bytes[frame * data.channels + channel];
        image.data.set([...colour(value), 255], 4 * (row * data.frames + frame));
      }
    }
    context.putImageData(image, 0, 0);
  }

  function hertz(hz) {
    return hz < 1000 ? `${Math.round(hz)} Hz` : `${(hz / 1000).toFixed(1)} kHz`;
  }

  function picture(clip) {
    const canvas = element("canvas", {
      width: data.frames, height: data.channels, role: "img",
      "aria-label": `Features of ${clip.name}: ${data.channels} mel channels from ` +
        `${hertz(data.centres_hz[0])} to ${hertz(data.centres_hz[data.channels - 1])}, ` +
        `${data.frames} frames`,
    });
    draw(canvas, clip.features);
    const scale = element("div", {class: "hz", "aria-hidden": "true"});
    for (let step = 0; step <= 4; step++) {
      const channel = Math.round(step / 4 * (data.channels - 1));
      const mark = element("span", {}, hertz(data.centres_hz[channel]));
      mark.style.bottom = `${(channel + 0.5) / data.channels * 100}%`;
      scale.append(mark);
    }
    const end = (data.frames - 1) * data.hop_ms + data.window_ms;
    const times = element("div", {class: "ms", "aria-hidden": "true"});
    for (let step = 0; step <= 4; step++) {
      times.append(element("span", {}, `${Math.round(step / 4 * end)}${step === 4 ? " ms" : ""}`));
    }
    return element("div", {class: "mel"}, scale, canvas, times);
  }

  function scoreTable(scores, truth) {
    const order = scores.map((_, i) => i).sort((a, b) => scores[b] - scores[a]);
    const shown = order.slice(0, SHOWN_SCORES);
    if (!shown.includes(truth)) shown.push(truth);
    const table = element("table", {class: "scores"}, element("caption", {}, "Scores, highest first"));
    const body = element("tbody");
    for (const index of shown) {
      const share = (scores[index] + 128) / 256;
      const bar = element("td", {class: "bar text"}, share.toFixed(3));
      bar.style.setProperty("--share", `${100 * share}%`);
      body.append(element("tr", index === truth ? {class: "true"} : {},
        element("th", {scope: "row"}, data.labels[index] + (index === truth ? " (said)" : "")), bar));
    }
    table.append(body);
    return table;
  }

  function card([index, ...scores], truth) {
    const clip = data.clips[index];
    const made = element("article", {class: "clip"}, element("h5", {}, clip.name));
    if (clip.sound) {
      made.append(element("audio", {controls: "", preload: "none", src: clip.sound,
        "aria-label": `Sound of ${clip.name}`}), picture(clip));
    } else {
      made.append(element("p", {class: "small"}, "Its sound is not in this page."));
    }
    made.append(scoreTable(scores, truth));
    return made;
  }

  function toggle(button) {
    const {matrix, cell} = button.dataset;
    const place = document.getElementById(`clips-${matrix}`);
    const open = button.getAttribute("aria-expanded") !== "true";
    for (const other of document.querySelectorAll(`button[data-matrix="${matrix}"]`)) {
      other.setAttribute("aria-expanded", "false");
    }
    place.replaceChildren();
    if (!open) return;
    button.setAttribute("aria-expanded", "true");
    const clips = data.cells[matrix][cell];
    const [truth, heard] = cell.split("-").map(Number);
    const title = element("h4", {tabindex: "-1"},
      `${data.labels[truth]} heard as ${data.labels[heard]}: ${clips.length} ` +
      (clips.length === 1 ? "clip" : "clips"));
    place.append(title, ...clips.map(clip => card(clip, truth)));
    title.focus({preventScroll: true});
    title.scrollIntoView({block: "nearest"});
  }

  for (const button of document.querySelectorAll("button[data-cell]")) {
    button.addEventListener("click", () => toggle(button));
  }
  document.addEventListener("keydown", event => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("button[data-cell][aria-expanded=true]");
    if (open) {
      toggle(open);
      open.focus();
    }
  });

  const slider = document.getElementById("threshold");
  function showThreshold() {
    const [x, y, threshold, missed, said, accepts, hours] = data.det[slider.value];
    const marker = document.querySelector(".marker");
    marker.setAttribute("cx", x);
    marker.setAttribute("cy", y);
    const share = said ? (100 * missed / said).toFixed(1) : "0";
    const rate = hours ? (accepts / hours).toFixed(2) : "0";
    const text = `Threshold ${threshold.toFixed(3)}: ${share} % of words missed (${missed} of ` +
      `${said}), ${rate} false accepts an hour (${accepts} in ${hours.toPrecision(3)} h)`;
    document.getElementById("threshold-figures").textContent = text;
    slider.setAttribute("aria-valuetext", text);
  }
  if (slider) {
    slider.addEventListener("input", showThreshold);
    showThreshold();
  }
}
