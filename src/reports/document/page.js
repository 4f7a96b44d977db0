"use strict";
(() => {
  const data = JSON.parse(document.getElementById("values").textContent);
  const figure = document.getElementById("timeline");
  const svg = figure.querySelector("svg.rfo");
  const plot = svg.querySelector("svg.plot");
  const stretch = plot.querySelector(".stretch");
  const ticks = plot.querySelector(".ticks");
  const tip = document.getElementById("tip");
  const width = Number(plot.getAttribute("width"));
  const left = Number(plot.getAttribute("x"));
  const height = Number(plot.getAttribute("height"));
  const spanS = data.to_s - data.from_s;
  const zoomMax = Math.max(1, spanS / (data.cell_s * 10));
  const make = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const cursor = make("line", { class: "cursor", x1: -9, x2: -9, y1: 54, y2: height });
  plot.append(cursor);
  // Where x of the whole range is drawn: x * zoom + shift.
  let zoom = 1, shift = 0, cell = null;

  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000];
  const offsetAt = (s) => data.offsets.reduce((last, one) => (one[0] <= s ? one : last), data.offsets[0]);
  const two = (n) => String(n).padStart(2, "0");
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const local = (s) => new Date((s + offsetAt(s)[1]) * 1000);
  const clock = (s, seconds) => {
    const at = local(s);
    const minutes = two(at.getUTCHours()) + ":" + two(at.getUTCMinutes());
    return seconds ? minutes + ":" + two(at.getUTCSeconds()) : minutes;
  };
  const day = (s) => local(s).getUTCDate() + " " + months[local(s).getUTCMonth()];

  const drawTicks = () => {
    const from = data.from_s + (-shift / zoom / width) * spanS;
    const shown = spanS / zoom;
    const step = steps.find((one) => one * 8 >= shown) || Math.ceil(shown / 8 / 2592000) * 2592000;
    ticks.replaceChildren();
    const east = offsetAt(from)[1];
    for (let s = Math.ceil((from + east) / step) * step - east; s < from + shown; s += step) {
      const x = ((s - data.from_s) / spanS) * width * zoom + shift;
      const text = make("text", { class: "faint", x, y: 48 });
      if (x <= width - 34) text.textContent = step >= 86400 ? day(s) : clock(s, step < 60);
      ticks.append(make("line", { class: "rule", x1: x, x2: x, y1: 54, y2: height }), text);
    }
  };
  const draw = () => {
    zoom = Math.min(zoomMax, Math.max(1, zoom));
    shift = Math.min(0, Math.max(width - width * zoom, shift));
    stretch.setAttribute("transform", `translate(${shift} 0) scale(${zoom} 1)`);
    for (const rect of plot.querySelectorAll(".window rect, .mark rect")) {
      const x = Number(rect.dataset.x), wide = Number(rect.dataset.width);
      rect.setAttribute("x", x * zoom + shift);
      rect.setAttribute("width", Math.max(wide > 1 ? wide * zoom : wide, 1));
    }
    for (const mark of plot.querySelectorAll(".at")) {
      const y = /translate\(\S+ (\S+)\)/.exec(mark.getAttribute("transform"))[1];
      mark.setAttribute("transform", `translate(${Number(mark.dataset.x) * zoom + shift} ${y})`);
    }
    drawTicks();
    hide();
  };
  const zoomAt = (x, factor) => {
    const before = (x - shift) / zoom;
    zoom = Math.min(zoomMax, Math.max(1, zoom * factor));
    shift = x - before * zoom;
    draw();
  };

  const number = (x) => {
    if (Math.abs(x) >= 1000) return Math.round(x).toLocaleString("en");
    return x === 0 ? "0" : String(Number(x.toPrecision(3)));
  };
  const amount = (x, unit) => {
    if (x === null || x === undefined) return "not known";
    if (unit === "share") return number(x * 100) + " %";
    if (unit === "s" && x !== 0 && Math.abs(x) < 1) return number(x * 1000) + " ms";
    if (unit === "" || unit === "1") return number(x);
    return unit.startsWith("1/") ? number(x) + unit.slice(1) : number(x) + " " + unit;
  };
  const show = (lines, clientX, clientY) => {
    tip.replaceChildren(...lines.map((line) => {
      const row = document.createElement("div");
      row.textContent = line;
      return row;
    }));
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(clientX + 14, innerWidth - box.width - 8)) + "px";
    tip.style.top = Math.max(4, Math.min(clientY + 14, innerHeight - box.height - 8)) + "px";
  };
  const hide = () => {
    tip.hidden = true;
    cursor.setAttribute("x1", -9);
    cursor.setAttribute("x2", -9);
  };
  const cells = Math.ceil(spanS / data.cell_s);
  const showCell = (clientX, clientY) => {
    const s = data.from_s + cell * data.cell_s;
    const x = ((s + data.cell_s / 2 - data.from_s) / spanS) * width * zoom + shift;
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    const lines = [`${day(s)} ${clock(s, true)} ${offsetAt(s)[2]} and the ${number(data.cell_s)} s after it`];
    for (const lane of data.lanes) {
      const expected = lane.expected[cell];
      const against = expected === null || expected === undefined ? "" : `, expected ${amount(expected, lane.unit)}`;
      lines.push(`${lane.source} ${lane.name}: ${amount(lane.values[cell], lane.unit)}${against}`);
    }
    if (clientX === undefined) {
      const box = svg.getBoundingClientRect();
      clientX = box.left + ((left + x) / svg.viewBox.baseVal.width) * box.width;
      clientY = box.top + 40;
    }
    show(lines, clientX, clientY);
  };
  const xOf = (event) => {
    const box = svg.getBoundingClientRect();
    return ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width - left;
  };

  let drag = null;
  svg.addEventListener("pointermove", (event) => {
    const x = xOf(event);
    if (drag !== null) {
      shift = drag.shift + x - drag.x;
      draw();
      return;
    }
    const pointed = event.target.closest("[data-tip]");
    if (pointed) {
      show(pointed.dataset.tip.split("\n"), event.clientX, event.clientY);
    } else if (x >= 0 && x < width) {
      cell = Math.min(cells - 1, Math.max(0, Math.floor((((x - shift) / zoom / width) * spanS) / data.cell_s)));
      showCell(event.clientX, event.clientY);
    } else {
      hide();
    }
  });
  svg.addEventListener("pointerleave", hide);
  svg.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && zoom > 1 && event.pointerType !== "touch") {
      drag = { x: xOf(event), shift };
      svg.setPointerCapture(event.pointerId);
    }
  });
  svg.addEventListener("pointerup", () => { drag = null; });
  svg.addEventListener("pointercancel", () => { drag = null; });
  svg.addEventListener("wheel", (event) => {
    const x = xOf(event);
    // Without zoom left to give, the wheel scrolls the page.
    const inward = event.deltaY < 0;
    if (x < 0 || x >= width || (!inward && zoom === 1) || (inward && zoom >= zoomMax)) return;
    event.preventDefault();
    zoomAt(x, inward ? 1.3 : 1 / 1.3);
  }, { passive: false });
  for (const pointed of plot.querySelectorAll("[data-tip]")) {
    pointed.addEventListener("focus", () => {
      const box = pointed.getBoundingClientRect();
      show(pointed.dataset.tip.split("\n"), box.left, box.bottom);
    });
    pointed.addEventListener("blur", hide);
  }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  svg.addEventListener("keydown", (event) => {
    const keys = {
      "+": () => zoomAt(width / 2, 1.5), "=": () => zoomAt(width / 2, 1.5), "-": () => zoomAt(width / 2, 1 / 1.5),
      0: () => { zoom = 1; shift = 0; draw(); },
      ArrowLeft: () => move(-1), ArrowRight: () => move(1), PageUp: () => move(-20), PageDown: () => move(20),
      Home: () => move(-cells), End: () => move(cells),
    };
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  const move = (by) => {
    cell = cell === null ? 0 : Math.min(cells - 1, Math.max(0, cell + by));
    const x = ((cell + 0.5) * data.cell_s / spanS) * width * zoom + shift;
    if (x < 0 || x > width) { shift += width / 2 - x; draw(); }
    showCell();
  };
  const button = (id, act) => document.getElementById(id).addEventListener("click", act);
  button("zoom-in", () => zoomAt(width / 2, 1.5));
  button("zoom-out", () => zoomAt(width / 2, 1 / 1.5));
  button("zoom-fit", () => { zoom = 1; shift = 0; draw(); });
  figure.querySelector(".buttons").hidden = false;
})();
