//! A part of a run is exactly that part of the whole: random choices of scope, window, condition and end against the full waves.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::device::network::Topology;
use spikemesh::mesh::Simulator;
use spikemesh::mesh::wave::{TimeScale, WaveFormat, WavePlan, WaveWhen, WaveWindow};
use spikemesh::run::{Job, WaveRequest, simulate};
use wellen::simple::read;

use super::{Waves, chain, events, images, model};

/// Choices without `SPIKEMESH_WAVE_SLICES`, the number of choices.
const COUNT: u64 = 24;

/// The plan of a whole recording. With `routers` a recorder never sleeps.
fn whole(routers: bool) -> WavePlan {
    WavePlan { routers, ..WavePlan::new(TimeScale::CLOCKS) }
}

/// A whole recording.
struct Full {
    /// By whole name.
    signals: BTreeMap<String, Vec<(u64, String)>>,
    layers: Vec<String>,
    frames: usize,
    /// The last cycle in which something happened.
    end: u64,
    /// By unit that gets packets alone: the link over which they come.
    links: BTreeMap<String, String>,
}

impl Full {
    fn value(&self, name: &str, cycle: u64) -> &str {
        let changes = &self.signals[name];
        let at = changes.partition_point(|(time, _)| *time <= cycle);
        &changes[at - 1].1
    }

    fn number(&self, name: &str, cycle: u64) -> u64 {
        u64::from_str_radix(self.value(name, cycle), 2).unwrap()
    }

    /// The units of a layer, as `n0_0.np1`.
    fn units(&self, layer: &str) -> Vec<String> {
        let below = format!("chip.layers.{layer}.");
        let names = self.signals.keys().filter_map(|name| name.strip_prefix(&below)?.split('.').next());
        let names: BTreeSet<&str> = names.collect();
        names
            .into_iter()
            .map(|name| {
                let (node, unit) = name.rsplit_once('_').unwrap();
                format!("{node}.{unit}")
            })
            .collect()
    }

    fn all_units(&self) -> Vec<String> {
        let names = self.signals.keys().filter(|name| !name.starts_with("chip.layers."));
        names
            .filter_map(|name| name.strip_prefix("chip.")?.strip_suffix(".phase"))
            .map(str::to_owned)
            .collect()
    }

    /// When a unit begins a frame, and the last cycle of it.
    fn span(&self, unit: &str, layer: Option<&str>, frame: u64) -> Option<(u64, u64)> {
        let at = |signal: &str| format!("chip.{unit}.{signal}");
        let is_now = |cycle: u64| {
            let of_layer = layer.is_none_or(|layer| self.value(&at("layer"), cycle) == layer);
            of_layer && self.number(&at("frame"), cycle) == frame
        };
        let shows = |signal: &str, cycle: u64| is_now(cycle) && self.value(&at(signal), cycle) != "idle";
        let last = (0..=self.end).rev().find(|&cycle| shows("phase", cycle))?;
        // The head of its first packet comes before the tail, which makes it begin.
        let first = match self.links.get(unit) {
            Some(link) => self.first_flit(link, &is_now),
            // In the cycle in which a unit ends a frame it may begin the next: its state is that of the next, and its frame the one that ends.
            None => (0..self.end).find(|&cycle| {
                self.value(&at("state"), cycle) != "idle" && (is_now(cycle) || is_now(cycle + 1))
            }),
        };
        Some((first?, if unit.contains(".sink") { last + 1 } else { last }))
    }

    /// The first cycle with a flit of data on a link.
    fn first_flit(&self, link: &str, is_now: &dyn Fn(u64) -> bool) -> Option<u64> {
        (0..=self.end).find(|&cycle| {
            let is_data = self.number(&format!("{link}.vc"), cycle) < 2;
            self.value(&format!("{link}.valid"), cycle) == "1" && is_data && is_now(cycle)
        })
    }
}

/// The links over which NPs get their packets.
fn links(simulator: &Simulator) -> BTreeMap<String, String> {
    let topology = Topology::new(&simulator.device().network_config());
    let nps = simulator.units().filter(|(name, _)| name.contains(".np"));
    let link = |(name, terminal): (&str, _)| {
        let (node, local) = topology.place(terminal);
        (name.to_owned(), format!("chip.{}.links.eject{local}", topology.node_name(node)))
    };
    nps.map(link).collect()
}

fn full(waves: &mut Waves, simulator: &Simulator, frames: usize) -> Full {
    let layers = simulator.program().output_maps.iter().map(|map| map.name.clone()).collect();
    let signals: BTreeMap<String, Vec<(u64, String)>> =
        waves.names().into_iter().map(|name| (name.clone(), waves.changes(&name))).collect();
    let last = *waves.0.time_table().last().unwrap();
    // A last cycle in which links fall only is the one behind the end.
    let falls = signals.iter().filter(|(name, _)| *name != "chip.cycle").all(|(name, changes)| {
        let (time, value) = changes.last().unwrap();
        *time < last || name.ends_with(".valid") && value == "0"
    });
    let end = if falls { last - 1 } else { last };
    Full { signals, layers, frames, end, links: links(simulator) }
}

struct Draw(Pcg64Mcg);

impl Draw {
    fn below(&mut self, count: u64) -> u64 {
        self.0.next_u64() % count.max(1)
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len() as u64) as usize]
    }
}

/// A condition as text, and the cycles in which it holds.
fn condition(full: &Full, draw: &mut Draw) -> (String, Vec<bool>) {
    let cycles = 0..=full.end + 1;
    match draw.below(5) {
        0 => {
            let (unit, least) = (draw.of(&full.all_units()).clone(), draw.below(6));
            let name = format!("chip.{unit}.fifo");
            let holds = cycles.map(|cycle| full.number(&name, cycle) > least).collect();
            (format!("{unit}.fifo > {least}"), holds)
        }
        1 => {
            let layer = draw.of(&full.layers).clone();
            let state = *draw.of(&["stall_token", "scan", "accumulate", "flush", "idle", "walk", "receive"]);
            let units = full.units(&layer);
            let holds = cycles.map(|cycle| {
                units.iter().any(|unit| full.value(&format!("chip.{unit}.state"), cycle) == state)
            });
            (format!("layers.{layer}.state == {state}"), holds.collect())
        }
        2 => {
            let links: Vec<&String> = full.signals.keys().filter(|name| name.ends_with(".valid")).collect();
            let link = *draw.of(&links);
            let short = link.strip_prefix("chip.").unwrap().replacen(".links.", ".", 1);
            (short, cycles.map(|cycle| full.value(link, cycle) == "1").collect())
        }
        3 => {
            let (text, holds) = condition(full, draw);
            (format!("!({text})"), holds.into_iter().map(|holds| !holds).collect())
        }
        _ => {
            let ((a, holds_a), (b, holds_b)) = (condition(full, draw), condition(full, draw));
            let and = draw.one_in(2);
            let both = holds_a.into_iter().zip(holds_b).map(|(a, b)| if and { a && b } else { a || b });
            (format!("({a}) {} ({b})", if and { "&&" } else { "||" }), both.collect())
        }
    }
}

/// A choice, and the cycles up to one behind the end that it takes. Of `only_windows` alone the recorder sleeps outside of them.
fn choice(full: &Full, draw: &mut Draw, routers: bool, only_windows: bool) -> (WavePlan, Vec<bool>) {
    let mut plan = whole(routers);
    let mut inside = vec![true; full.end as usize + 2];
    let mut and = |other: &dyn Fn(u64) -> bool| {
        (0..).zip(&mut inside).for_each(|(cycle, inside)| *inside = *inside && other(cycle));
    };
    if draw.one_in(2) {
        let units = full.all_units();
        let layer = draw.of(&full.layers);
        let scopes = [
            format!("layers.{layer}"),
            draw.of(&units).clone(),
            "**.fifo".to_owned(),
            "*.links".to_owned(),
            "n0_0.buffers".to_owned(),
            if routers { "*.outputs" } else { "n0_0" }.to_owned(),
            "chip.n*.np*.s*".to_owned(),
        ];
        plan.scope = (0..1 + draw.below(2)).map(|_| draw.of(&scopes).clone()).collect();
    }
    let has_ranges = draw.one_in(2);
    let frame = draw.one_in(3).then(|| draw.below(full.frames as u64));
    let layer = draw.one_in(3).then(|| draw.of(&full.layers).clone());
    if has_ranges || only_windows && frame.is_none() && layer.is_none() {
        let mut ranges = Vec::new();
        for _ in 0..1 + draw.below(3) {
            let start = draw.below(full.end);
            ranges.push(start..start + 1 + draw.below(full.end / 3));
        }
        and(&|cycle| ranges.iter().any(|range| range.contains(&cycle)));
        plan.windows.extend(ranges.into_iter().map(WaveWindow::Cycles));
    }
    let frames = frame.map_or(0..full.frames as u64, |frame| frame..frame + 1);
    let spans: Option<Vec<(u64, u64)>> = match (&layer, frame) {
        (None, None) => None,
        (Some(layer), _) => Some(
            frames
                .filter_map(|frame| {
                    let spans =
                        full.units(layer).into_iter().map(|unit| full.span(&unit, Some(layer), frame));
                    union(spans)
                })
                .collect(),
        ),
        (None, Some(frame)) => {
            let spans = full.all_units().into_iter().map(|unit| full.span(&unit, None, frame));
            Some(union(spans).into_iter().collect())
        }
    };
    if let Some(spans) = spans {
        and(&|cycle| spans.iter().any(|(first, last)| (*first..=*last).contains(&cycle)));
    }
    plan.windows.extend(frame.map(|frame| WaveWindow::Frame(frame as usize)));
    plan.windows.extend(layer.map(WaveWindow::Layer));
    if !only_windows && draw.one_in(2) {
        let (text, holds) = condition(full, draw);
        let [before, after] = [draw.below(60), draw.below(60)];
        let near = |cycle: u64| {
            let range = cycle.saturating_sub(after) as usize..holds.len().min((cycle + before + 1) as usize);
            holds[range].contains(&true)
        };
        let near: Vec<bool> = (0..holds.len() as u64).map(near).collect();
        and(&|cycle| near[cycle as usize]);
        plan.when = Some(WaveWhen { condition: text.parse().unwrap(), before, after });
    }
    if !only_windows && draw.one_in(3) {
        let last = 1 + draw.below(full.end + full.end / 4);
        and(&|cycle| cycle <= full.end && cycle + last > full.end);
        plan.last = Some(last);
    }
    (plan, inside)
}

fn union(spans: impl Iterator<Item = Option<(u64, u64)>>) -> Option<(u64, u64)> {
    spans.flatten().reduce(|(a, b), (c, d)| (a.min(c), b.max(d)))
}

/// What a signal should show: its values inside, x from where the inside ends.
fn expected(changes: &[(u64, String)], inside: &[bool], last: Option<u64>, end: u64) -> Vec<(u64, String)> {
    let mut expected: Vec<(u64, String)> = Vec::new();
    let mut value = None;
    let mut next = changes.iter().peekable();
    for (cycle, &is_inside) in (0..).zip(inside) {
        while let Some((_, changed)) = next.next_if(|(time, _)| *time <= cycle) {
            value = Some(changed.as_str());
        }
        let shown = if is_inside { value } else { None };
        let shown = shown.unwrap_or("x");
        // At the end of the last cycles the file ends.
        if last.is_some() && cycle > end {
            break;
        }
        if expected.last().map_or("x", |(_, before)| before.as_str()) != shown {
            expected.push((cycle, shown.to_owned()));
        }
    }
    expected
}

/// One form for numbers of any width, and for what is not known.
fn plain((time, value): (u64, String)) -> (u64, String) {
    let is_bits = value.bytes().all(|byte| byte == b'0' || byte == b'1');
    let value = match value.trim_start_matches('0') {
        _ if value.contains('x') && value.bytes().all(|byte| byte == b'x') => "x".to_owned(),
        "" => "0".to_owned(),
        digits if is_bits => digits.to_owned(),
        _ => value,
    };
    (time, value)
}

#[test]
fn a_part_is_exactly_that_part_of_the_whole() {
    let count = std::env::var("SPIKEMESH_WAVE_SLICES").map_or(COUNT, |count| count.parse().unwrap());
    let cases = [(model(), "akd1000", 2), (chain(), "two-nodes", 2)];
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for (model, device, batch) in cases {
        let device = Device::load(device).unwrap();
        let program = compile(&model, &device, &Mode::Minimal.into()).unwrap().program;
        let simulator = Simulator::new(program, device).unwrap();
        let input = if model.name == "chain" { events(batch) } else { images(batch) };
        let directory = tempfile::tempdir().unwrap();
        let run = |plan: WavePlan, name: &str| {
            let path = directory.path().join(name);
            let files = vec![(path.clone(), WaveFormat::of(&path).unwrap())];
            let request = WaveRequest::new(plan, files);
            simulate(&Job::new(&simulator, &input).batch(batch).waves(&request))
                .unwrap()
                .into_finished()
                .unwrap();
            Waves(read(path).unwrap())
        };
        let [bare, with_routers] = [("bare.vcd", false), ("routers.vcd", true)]
            .map(|(name, routers)| full(&mut run(whole(routers), name), &simulator, batch));
        for seed in 0..count / 2 {
            let mut draw = Draw(Pcg64Mcg::seed_from_u64(seed));
            let (routers, only_windows) = (seed % 3 == 1, seed % 3 == 0);
            let full = if routers { &with_routers } else { &bare };
            let (plan, inside) = choice(full, &mut draw, routers, only_windows);
            let kinds = [
                ("only windows", only_windows),
                ("scope", !plan.scope.is_empty()),
                ("window", !plan.windows.is_empty()),
                ("when", plan.when.is_some()),
                ("last", plan.last.is_some()),
                ("nothing", !inside.contains(&true)),
            ];
            kinds.iter().for_each(|(kind, is_used)| *seen.entry(kind).or_default() += u64::from(*is_used));
            let last = plan.last;
            let what = format!("{} {seed}: {plan:?}", model.name);
            let name = if seed % 4 == 3 { "part.fst" } else { "part.vcd" };
            // A file without a change has no time.
            let mut part = run(plan.clone(), name);
            let names = part.names();
            assert!(names.len() > 1 && names.contains(&"chip.cycle".to_owned()), "{what}");
            assert!(!plan.scope.is_empty() || names.len() == full.signals.len(), "{what}");
            let numbered = name.ends_with(".fst");
            for name in names.iter().filter(|name| *name != "chip.cycle") {
                let signal = name.rsplit('.').next().unwrap();
                if numbered && ["state", "phase", "layer", "owner"].contains(&signal) {
                    continue;
                }
                // In FST nothing is known at time 0 until it changes.
                let found = part.changes(name).into_iter().map(plain).skip_while(|(_, value)| value == "x");
                let found: Vec<_> = found.collect();
                let expected = expected(&full.signals[name], &inside, last, full.end);
                let expected: Vec<_> = expected.into_iter().map(plain).collect();
                assert_eq!(found, expected, "{name} of {what}");
            }
            for (time, cycle) in part.changes("chip.cycle").into_iter().map(plain) {
                assert!(cycle == "x" || u64::from_str_radix(&cycle, 2).unwrap() == time, "{what}");
            }
        }
    }
    println!("{count} choices: {seen:?}");
    assert!(seen["nothing"] * 2 < count, "{seen:?}");
    assert!(
        ["only windows", "scope", "window", "when", "last"].iter().all(|kind| seen[kind] * 8 > count),
        "{seen:?}"
    );
}
