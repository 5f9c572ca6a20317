// Draws the charts of a page with uPlot. The server's drawing and the table stay for browsers without scripts; texts of
// values and axes are the server's, so that they are in the reader's language.
const HEIGHT = 150;
const WIDEST = 24;

// A canvas does not know variables, nor colours that depend on the theme: an element resolves them.
const probe = document.body.appendChild(document.createElement("span"));
probe.hidden = true;

function colour(name) {
  return () => {
    probe.style.setProperty("color", `var(${name})`);
    return getComputedStyle(probe).color;
  };
}

function seriesOf(curve, place, kind) {
  const isLine = kind === "line" || curve.before;
  const paint = curve.before ? colour("--quiet") : colour(place ? "--edge" : "--accent");
  const bars = isLine ? {} : { paths: uPlot.paths.bars({ size: [0.7, WIDEST] }), fill: paint };
  const dash = curve.before ? { dash: [4, 3], width: 1.5 } : { width: 2 };
  return { label: curve.name, stroke: paint, points: { show: false }, ...dash, ...bars };
}

function optionsOf(chart, panel, width, sync, moved) {
  const count = chart.slots.length;
  const ticks = new Map(panel.ticks);
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { font, stroke: colour("--quiet"), ticks: { show: false } };
  const grid = { stroke: colour("--line"), width: 1 };
  const longest = Math.max(...[...ticks.values()].map((text) => text.length));
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, sync: { key: sync }, points: { size: 7 } },
    scales: { x: { time: false, range: [-0.5, count - 0.5] }, y: { range: [panel.low, panel.high] } },
    axes: [
      { ...axis, grid: { show: false }, size: 26, splits: () => chart.slots.map((_, at) => at), values: () => chart.marks },
      { ...axis, grid, size: 14 + longest * 7, splits: () => [...ticks.keys()], values: (_, at) => at.map((each) => ticks.get(each)) },
    ],
    series: [{}, ...panel.curves.map((curve, place) => seriesOf(curve, place, panel.kind))],
    hooks: { setCursor: [(plot) => moved(plot.cursor.idx)], draw: [drawZero] },
  };
}

// The line at zero is stronger than those of the other values.
function drawZero(plot) {
  const { ctx, bbox } = plot;
  const y = Math.round(plot.valToPos(0, "y", true)) + 0.5;
  ctx.save();
  ctx.setLineDash([]);
  ctx.lineWidth = devicePixelRatio;
  ctx.strokeStyle = colour("--edge")();
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

function setUp(figure, number) {
  const chart = JSON.parse(figure.dataset.chart);
  const last = chart.slots.length - 1;
  const caption = figure.querySelector("figcaption");
  const drawing = figure.querySelector("svg");
  const stage = document.createElement("div");
  const readout = document.createElement("p");
  stage.className = "stage";
  readout.className = "readout";
  // A reader of the screen hears the values of each place that the arrow keys reach.
  for (const [name, value] of Object.entries({ role: "slider", tabindex: 0, "aria-labelledby": caption.id })) stage.setAttribute(name, value);
  stage.setAttribute("aria-valuemin", 0);
  stage.setAttribute("aria-valuemax", last);
  drawing.replaceWith(stage, readout);

  let place = last;
  const tell = (at) => {
    place = at ?? last;
    const curves = chart.panels.flatMap((panel) => panel.curves);
    const text = `${chart.slots[place]}: ${curves.map((each) => `${each.name} ${each.texts[place]}`).join(" · ")}`;
    readout.textContent = text;
    stage.setAttribute("aria-valuenow", place);
    stage.setAttribute("aria-valuetext", text);
  };

  const plots = chart.panels.map((panel) => {
    const title = document.createElement("p");
    const box = document.createElement("div");
    title.className = "panel";
    title.textContent = panel.title;
    stage.append(title, box);
    const slots = chart.slots.map((_, at) => at);
    const data = [slots, ...panel.curves.map((curve) => curve.values)];
    return new uPlot(optionsOf(chart, panel, stage.clientWidth, `chart-${number}`, tell), data, box);
  });
  const point = (at) => {
    for (const plot of plots) plot.setCursor({ left: plot.valToPos(at, "x"), top: 0 }, false);
    tell(at);
  };
  const follow = (event) => {
    const plot = plots.find((each) => each.over === event.currentTarget);
    const at = Math.round(plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, "x"));
    point(Math.min(Math.max(at, 0), last));
  };
  for (const plot of plots) {
    plot.over.addEventListener("pointerdown", follow);
    plot.over.addEventListener("touchmove", (event) => follow({ currentTarget: plot.over, clientX: event.touches[0].clientX }), { passive: true });
  }
  stage.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: place - 1, ArrowRight: place + 1, ArrowDown: place - 1, ArrowUp: place + 1, Home: 0, End: last };
    if (!(event.key in steps)) return;
    event.preventDefault();
    point(Math.min(Math.max(steps[event.key], 0), last));
  });
  stage.addEventListener("focus", () => point(place));
  new ResizeObserver(() => {
    for (const plot of plots) plot.setSize({ width: stage.clientWidth, height: HEIGHT });
  }).observe(stage);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const plot of plots) plot.redraw();
  });
  tell(last);
}

document.querySelectorAll("figure[data-chart]").forEach(setUp);
