// The timeline: intervals of units on a canvas. It decodes and draws what the report holds.
const UNUSED = 6, DRAWN = 6, FIRST_OF_PATH = 7;
const WORDS = {
  compute: 'computing', wait_input: 'waiting for input', wait_map: 'waiting for a map', wait_fifo: 'waiting for room', drain: 'draining', load: 'loading',
  arrival: 'packet to its arrival', departure: 'packet to its departure', load_pass: 'load of the pass', settle: 'last credits return',
};
const HEIGHTS = [1, 0.34, 0.5, 0.5, 0.7, 1];
const LANE = 18, AXIS = 26;

function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

function decoded(timeline) {
  return timeline.lanes.map(lane => {
    const count = lane.intervals.length / 3;
    const own = { start: new Float64Array(count), end: new Float64Array(count), code: new Uint32Array(count) };
    let at = 0;
    for (let i = 0; i < count; i++) {
      own.start[i] = at + lane.intervals[3 * i];
      at = own.end[i] = own.start[i] + lane.intervals[3 * i + 1];
      own.code[i] = lane.intervals[3 * i + 2];
    }
    return own;
  });
}

function pathOf(timeline) {
  const parts = [];
  for (let i = 0, at = 0; i < timeline.path.length; i += 4) {
    const [clocks, reason, lane, target] = timeline.path.slice(i, i + 4);
    parts.push({ start: at, end: at += clocks, reason, lane: lane - 1, target: target - 1 });
  }
  return parts;
}

// The first index whose end lies after a cycle.
function firstAfter(ends, cycle) {
  let low = 0, high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle] > cycle) high = middle; else low = middle + 1;
  }
  return low;
}

class Timeline {
  constructor(number, data, all) {
    this.data = data.timeline;
    this.number = number;
    // Lanes from above.
    const rows = data.timeline.rows, decodedLanes = decoded(data.timeline);
    this.lanes = rows.map(lane => decodedLanes[lane]);
    this.units = rows.map(lane => data.timeline.lanes[lane]);
    this.rowOf = new Map(rows.map((lane, row) => [lane, row]));
    this.path = pathOf(data.timeline);
    this.all = Math.max(1, all);
    this.view = [0, this.all];
    this.chosen = null;
    const by = id => document.getElementById(`${id}-${number}`);
    this.box = by('gantt');
    this.canvas = this.box.querySelector('canvas');
    this.readout = by('readout');
    this.legend = by('legend');
    this.showsPath = by('path');
    this.colours = by('colours');
    this.showsPath.addEventListener('change', () => this.draw());
    this.colours.addEventListener('change', () => this.draw());
    this.canvas.addEventListener('keydown', event => this.key(event));
    this.listenToPointer();
    new ResizeObserver(() => this.draw()).observe(this.box);
    this.draw();
  }

  names() {
    return this.units.map(lane => lane.layer ? `${lane.layer} ${lane.unit}` : lane.unit);
  }

  style(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  }

  left() {
    return this.width < 560 ? 104 : 210;
  }

  x(cycle) {
    const [from, to] = this.view;
    return this.left() + (cycle - from) / (to - from) * (this.width - this.left() - 8);
  }

  cycle(x) {
    const [from, to] = this.view;
    return from + (x - this.left()) / (this.width - this.left() - 8) * (to - from);
  }

  draw() {
    const ratio = Math.max(window.devicePixelRatio || 1, this.printing ? 2 : 1);
    this.width = this.box.clientWidth || 800;
    const height = this.lanes.length * LANE + AXIS + 6;
    const canvas = this.canvas;
    canvas.width = this.width * ratio;
    canvas.height = height * ratio;
    canvas.style.height = `${height}px`;
    const pen = canvas.getContext('2d');
    pen.scale(ratio, ratio);
    pen.font = '11px system-ui, "DejaVu Sans", sans-serif';
    pen.textBaseline = 'middle';
    const ink = { ink: this.style('ink'), soft: this.style('soft'), line: this.style('line'), critical: this.style('critical') };
    this.palette = this.data.reasons.slice(0, UNUSED).map(reason => this.style(reason));
    this.frames = Array.from({ length: 8 }, (_, i) => this.style(`f${i}`));
    this.axis(pen, ink, height);
    this.names().forEach((name, lane) => {
      const middle = AXIS + lane * LANE + LANE / 2;
      pen.fillStyle = ink.line;
      pen.fillRect(this.left(), middle + LANE / 2 - 0.5, this.width - this.left(), 0.5);
      pen.fillStyle = this.chosen && this.chosen.lane === lane ? ink.critical : ink.ink;
      pen.textAlign = 'left';
      const room = this.width < 560 ? 15 : 32;
      pen.fillText(name.length > room ? name.slice(0, room - 1) + '…' : name, 6, middle);
      this.lane(pen, lane, middle);
    });
    if (this.showsPath.checked) this.critical(pen, ink);
    this.showLegend();
  }

  axis(pen, ink, height) {
    const [from, to] = this.view;
    const rough = (to - from) / Math.max(2, (this.width - this.left()) / 110);
    const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
    const step = Math.max(1, [1, 2, 5, 10].map(x => x * power).find(x => x >= rough));
    pen.textAlign = 'center';
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      const x = this.x(at);
      pen.fillStyle = ink.line;
      pen.fillRect(x, AXIS - 6, 0.5, height);
      pen.fillStyle = ink.soft;
      if (x < this.width - 30) pen.fillText(grouped(Math.round(at)), x, 10);
    }
    pen.textAlign = 'left';
    pen.fillStyle = ink.soft;
    pen.fillText('clocks', 6, 10);
  }

  colour(code) {
    return this.colours.value === 'reason' ? this.palette[code % 8] : this.frames[Math.floor(code / 8) % 8];
  }

  lane(pen, index, middle) {
    const { start, end, code } = this.lanes[index];
    const [from, to] = this.view;
    let lastPixel = -1, lastCode = -1;
    for (let i = firstAfter(end, from); i < start.length && start[i] < to; i++) {
      const reason = code[i] % 8;
      if (reason >= DRAWN) continue;
      const x = Math.max(this.left(), this.x(start[i]));
      const width = Math.min(this.width - 8, this.x(end[i])) - x;
      // Of many intervals in one pixel the first with a reason is seen.
      const pixel = Math.floor(x * 2);
      if (width < 0.5 && pixel === lastPixel && code[i] === lastCode) continue;
      lastPixel = pixel;
      lastCode = code[i];
      const height = (LANE - 4) * HEIGHTS[reason];
      pen.globalAlpha = reason === 1 ? 0.45 : reason === 0 || reason === 5 ? 1 : 0.75;
      pen.fillStyle = this.colour(code[i]);
      pen.fillRect(x, middle - height / 2, Math.max(width, 0.5), height);
      pen.globalAlpha = 1;
      if ((reason === 2 || reason === 3) && width > 4) this.hatch(pen, x, middle - height / 2, width, height, reason === 3);
    }
    const chosen = this.chosen;
    if (chosen && chosen.lane === index && chosen.interval < start.length) {
      pen.strokeStyle = this.style('ink');
      pen.lineWidth = 2;
      const x = Math.max(this.left(), this.x(start[chosen.interval])), right = this.x(end[chosen.interval]);
      if (right >= this.left()) pen.strokeRect(x, middle - LANE / 2 + 1, Math.max(2, right - x), LANE - 2);
    }
  }

  // Waits are hatched, so that no colour is needed to see them.
  hatch(pen, x, y, width, height, crossed) {
    pen.save();
    pen.beginPath();
    pen.rect(x, y, width, height);
    pen.clip();
    pen.strokeStyle = this.style('panel');
    pen.lineWidth = 1;
    pen.beginPath();
    for (let at = x - height - x % 6; at < x + width + height; at += 6) {
      pen.moveTo(at, y + height);
      pen.lineTo(at + height, y);
      if (crossed) {
        pen.moveTo(at, y);
        pen.lineTo(at + height, y + height);
      }
    }
    pen.stroke();
    pen.restore();
  }

  critical(pen, ink) {
    const middle = lane => AXIS + this.rowOf.get(lane) * LANE + LANE / 2;
    pen.save();
    pen.beginPath();
    pen.rect(this.left(), AXIS - 4, this.width - this.left() - 8, this.lanes.length * LANE + 8);
    pen.clip();
    pen.strokeStyle = ink.critical;
    pen.lineWidth = 2.2;
    pen.beginPath();
    for (const part of this.path) {
      if (part.end < this.view[0] || part.start > this.view[1] || part.lane < 0) continue;
      const [y, next] = [middle(part.lane), middle(part.reason >= FIRST_OF_PATH && part.target >= 0 && this.data.reasons[part.reason] === 'arrival' ? part.target : part.lane)];
      pen.moveTo(this.x(part.start), y);
      pen.lineTo(this.x(part.end), next);
    }
    pen.stroke();
    pen.restore();
  }

  showLegend() {
    const entries = this.colours.value === 'reason'
      ? this.data.reasons.slice(0, UNUSED).map((reason, i) => [this.palette[i], WORDS[reason]])
      : this.shownFrames().map(frame => [this.frames[frame % 8], `frame ${frame}`]);
    if (this.colours.value === 'frame') entries.push([null, 'full height: computing; low: waiting for input; hatched: waiting for a map; crossed: waiting for room']);
    if (this.showsPath.checked) entries.push([this.style('critical'), 'critical path']);
    this.legend.replaceChildren(...entries.map(([colour, text]) => {
      const entry = document.createElement('span');
      if (colour) {
        const mark = document.createElement('i');
        mark.style.background = colour;
        entry.append(mark);
      }
      entry.append(text);
      return entry;
    }));
  }

  shownFrames() {
    const { all, first, last } = this.data.frames;
    const shown = [];
    for (let frame = 0; frame < all && shown.length < 8; frame++) if (frame < first || frame >= all - last) shown.push(frame);
    return shown;
  }

  zoom(factor, about) {
    const [from, to] = this.view;
    const centre = about === undefined ? (from + to) / 2 : about;
    const width = Math.min(this.all, Math.max(16, (to - from) * factor));
    this.show(centre - (centre - from) / (to - from) * width, width);
  }

  pan(share) {
    const [from, to] = this.view;
    this.show(from + share * (to - from), to - from);
  }

  show(from, width) {
    const begin = Math.min(Math.max(0, from), this.all - width);
    this.view = [begin, begin + width];
    this.draw();
  }

  act(what) {
    ({ in: () => this.zoom(0.5), out: () => this.zoom(2), left: () => this.pan(-0.25), right: () => this.pan(0.25), all: () => this.show(0, this.all) })[what]();
  }

  key(event) {
    const actions = {
      '+': () => this.zoom(0.5), '=': () => this.zoom(0.5), '-': () => this.zoom(2), '−': () => this.zoom(2), '0': () => this.show(0, this.all),
      ArrowLeft: () => this.pan(-0.1), ArrowRight: () => this.pan(0.1),
      ArrowUp: () => this.step(-1, 0), ArrowDown: () => this.step(1, 0), ',': () => this.step(0, -1), '.': () => this.step(0, 1),
    };
    const action = event.ctrlKey || event.metaKey || event.altKey ? null : actions[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  }

  // Chooses another lane, or another interval of the lane.
  step(lanes, intervals) {
    const now = this.chosen || { lane: lanes > 0 ? -1 : 0, interval: -1 };
    const lane = Math.min(this.lanes.length - 1, Math.max(0, now.lane + lanes));
    const own = this.lanes[lane];
    let interval = lanes ? firstAfter(own.end, this.view[0]) : now.interval + intervals;
    interval = Math.min(own.start.length - 1, Math.max(0, interval));
    this.choose(lane, interval);
    if (own.start.length && (own.start[interval] >= this.view[1] || own.end[interval] <= this.view[0])) {
      const width = this.view[1] - this.view[0];
      this.show((own.start[interval] + own.end[interval]) / 2 - width / 2, width);
    }
  }

  choose(lane, interval) {
    const own = this.lanes[lane], what = this.units[lane];
    this.chosen = { lane, interval };
    const who = what.layer ? `${what.unit} of ${what.layer}` : what.unit;
    if (!own.start.length) {
      this.readout.textContent = `${who}: nothing to show`;
    } else {
      const [start, end, code] = [own.start[interval], own.end[interval], own.code[interval]];
      const reason = this.data.reasons[code % 8];
      this.readout.textContent =
        `${who}, pass ${what.pass}, frame ${Math.floor(code / 8)}: ${WORDS[reason]}, cycles ${grouped(start)} to ${grouped(end)}, ${grouped(end - start)} clocks`;
      Object.assign(this.readout.dataset, { unit: what.unit, reason, start, end });
    }
    this.draw();
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  listenToPointer() {
    let drag = null;
    this.canvas.addEventListener('pointerdown', event => {
      drag = { x: this.at(event)[0], view: this.view, moved: false };
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener('pointermove', event => {
      if (!drag) return;
      const by = this.at(event)[0] - drag.x;
      if (Math.abs(by) < 4 && !drag.moved) return;
      drag.moved = true;
      const width = drag.view[1] - drag.view[0];
      this.show(drag.view[0] - by / (this.width - this.left() - 8) * width, width);
    });
    this.canvas.addEventListener('pointerup', event => {
      if (drag && !drag.moved) this.click(...this.at(event));
      drag = null;
    });
    this.canvas.addEventListener('pointercancel', () => { drag = null; });
    this.canvas.addEventListener('wheel', event => {
      // The wheel alone moves the page.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.cycle(this.at(event)[0]));
    }, { passive: false });
  }

  click(x, y) {
    const lane = Math.floor((y - AXIS) / LANE);
    if (lane < 0 || lane >= this.lanes.length) return;
    const own = this.lanes[lane], cycle = this.cycle(x);
    const interval = firstAfter(own.end, cycle);
    this.choose(lane, Math.min(interval, Math.max(0, own.start.length - 1)));
  }
}
