"use strict";
// An image in, by a drop or a choice; its prediction out, by a worker that the page carries as text.

const at = (selector) => document.querySelector(selector);
const carried = (id) => document.getElementById(id).textContent.trim();

const predictor = {
  worker: null,
  busy: false,
  // A worker that works is stopped by its end; the next one starts afresh.
  stop() {
    this.worker?.terminate();
    this.worker = null;
    this.busy = false;
  },
  start(job, tell) {
    if (this.busy) this.stop();
    const fresh = !this.worker;
    if (fresh) {
      const address = URL.createObjectURL(new Blob([carried("worker")], { type: "text/javascript" }));
      this.worker = new Worker(address);
      URL.revokeObjectURL(address);
    }
    this.busy = true;
    this.worker.onmessage = ({ data }) => {
      this.busy = Boolean(data.tiles);
      tell(data);
    };
    this.worker.onerror = ({ message }) => {
      this.stop();
      tell({ failed: `The program does not run in this browser: ${message ?? "its worker was refused"}` });
    };
    const parts = fresh ? { carried: { program: carried("program"), model: carried("model") } } : {};
    this.worker.postMessage({ ...parts, ...job }, [job.image.buffer]);
  },
};

const [news, alarm, progress, stopper] = ["#news", "#alarm", "#progress", "#stop"].map(at);
const [chooser, fast, slice] = ["#image", "#fast", "#slice input"].map(at);
let chosen = null;

const working = (yes) => {
  progress.hidden = stopper.hidden = !yes;
  at("main").setAttribute("aria-busy", String(yes));
};

const predict = async () => {
  const [file, began] = [chosen, performance.now()];
  alarm.textContent = "";
  news.textContent = `${file.name} ...`;
  progress.removeAttribute("value");
  working(true);
  let image;
  try {
    image = new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    working(false);
    alarm.textContent = `${file.name} cannot be read: ${error.message}`;
    return;
  }
  // Another one was chosen meanwhile.
  if (file !== chosen) return;
  predictor.start({ name: file.name, image, slice: Number(slice.value) || 0, fast: fast.checked }, async (found) => {
    if (found.tiles) {
      [progress.value, progress.max] = found.tiles;
      return;
    }
    news.textContent = "";
    if (found.failed) alarm.textContent = found.failed;
    else await show(file.name, found, (performance.now() - began) / 1000);
    working(false);
  });
};

const choose = (file) => {
  if (!file) return;
  chosen = file;
  slice.value = "0";
  predict();
};

chooser.addEventListener("change", () => {
  choose(chooser.files[0]);
  // The same file may be chosen again, changed.
  chooser.value = "";
});
for (const changed of [fast, slice]) changed.addEventListener("change", () => chosen && predict());
stopper.addEventListener("click", () => {
  predictor.stop();
  working(false);
  news.textContent = "Stopped.";
});

// The whole page takes a drop.
const over = (is) => at("#drop").classList.toggle("over", is);
addEventListener("dragover", (event) => {
  event.preventDefault();
  over(true);
});
addEventListener("dragleave", () => over(false));
addEventListener("drop", (event) => {
  event.preventDefault();
  over(false);
  choose(event.dataTransfer.files[0]);
});
