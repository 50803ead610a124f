// The page: its runs, its tools, and printing.
const runs = [...document.querySelectorAll('script[type="application/json"]')].map(script => [script.id.slice(5), JSON.parse(script.textContent)]);
// Two runs have one scale.
const drawn = runs.filter(([, data]) => data.timeline);
const longest = Math.max(...drawn.map(([, data]) => data.timeline.end));
const timelines = new Map(drawn.map(([number, data]) => [number, new Timeline(number, data, longest)]));
runs.forEach(([number, data]) => new Floorplan(number, data));

document.querySelectorAll('[data-do]').forEach(button => {
  button.addEventListener('click', () => timelines.get(button.dataset.run).act(button.dataset.do));
});

const drawAll = () => timelines.forEach(timeline => timeline.draw());
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
// Colours of print media hold once they are in force.
const printed = matchMedia('print');
printed.addEventListener('change', () => {
  timelines.forEach(timeline => { timeline.printing = printed.matches; });
  drawAll();
});
addEventListener('beforeprint', drawAll);
addEventListener('afterprint', drawAll);
