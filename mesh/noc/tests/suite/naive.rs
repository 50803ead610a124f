//! A network of trees, flit by flit and without haste: the reference of `tree_networks`. It shares no code with the network. It looks at every router in every
//! cycle, and has no set of what there is to do and no mask.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use spikemesh_noc::{ArbiterRule, Config, Cycle, PortOrder, Routing};

/// A packet for some terminals.
#[derive(Clone, Debug)]
pub struct Sent {
    pub cycle: Cycle,
    pub source: usize,
    pub targets: Vec<usize>,
    pub flits: u32,
    pub class: usize,
}

/// What happens in a cycle, packets by their place in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Terminal, packet, cycles in which it came to the front and its head left.
    pub injected: Vec<(usize, usize, Cycle, Cycle)>,
    /// Terminal, packet, cycle in which its head left its source, routers.
    pub delivered: Vec<(usize, usize, Cycle, u32)>,
    /// Flits that crossed a switch, so far.
    pub switched: u64,
}

/// How branches of a packet go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Each takes the next flit when it can.
    Apart,
    /// No branch takes a flit before all have taken the one before it.
    InStep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Local(usize),
    North,
    West,
    East,
    South,
}

#[derive(Clone, Copy, Debug)]
struct Flit {
    packet: usize,
    index: u32,
}

#[derive(Clone, Copy, Debug)]
struct Branch {
    port: usize,
    vc: Option<usize>,
    /// The flit that it takes next.
    next: u32,
}

#[derive(Clone, Debug, Default)]
struct Buffer {
    flits: VecDeque<Flit>,
    /// Of the packet at the front, by port; empty if there is none.
    branches: Vec<Branch>,
    /// Port of the last channel granted, and the channel behind it.
    pointer: (usize, usize),
}

#[derive(Clone, Copy, Debug, Default)]
struct Channel {
    owner: Option<(usize, usize)>,
    credits: u16,
    /// The buffer behind the last winner.
    pointer: (usize, usize),
}

#[derive(Clone, Debug, Default)]
struct Pointers {
    input: usize,
    vc: usize,
    output: usize,
}

#[derive(Clone, Debug)]
struct Router {
    sides: Vec<Side>,
    buffers: Vec<Vec<Buffer>>,
    channels: Vec<Vec<Channel>>,
    pointers: Vec<Pointers>,
}

#[derive(Clone, Debug, Default)]
struct Queue {
    packets: VecDeque<usize>,
    taken: Cycle,
    sent: u32,
    head: Cycle,
    vc: Option<usize>,
    last_vc: Option<usize>,
}

#[derive(Clone, Debug)]
struct Source {
    node: usize,
    port: usize,
    queues: Vec<Queue>,
    owned: BTreeSet<usize>,
    credits: Vec<u16>,
    last_class: usize,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Flit(usize, usize, usize, Flit),
    Credit(usize, usize, usize),
    SourceCredit(usize, usize),
    Arrival(usize, Flit),
}

pub struct Naive {
    config: Config,
    pace: Pace,
    packets: Vec<Sent>,
    /// The ports of each packet at each node.
    trees: Vec<BTreeMap<usize, BTreeSet<usize>>>,
    heads: Vec<Cycle>,
    routers: Vec<Router>,
    sources: Vec<Source>,
    first_terminal: Vec<usize>,
    events: BTreeMap<Cycle, Vec<Event>>,
    next: usize,
    /// Flits that have not arrived at a receiver.
    pub missing: u64,
    report: Report,
}

impl Naive {
    pub fn new(config: &Config, pace: Pace, packets: &[Sent]) -> Naive {
        assert_eq!((config.delays.routing, config.delays.traversal()), (0, 1));
        let vcs = usize::from(config.vcs);
        let mut first_terminal = vec![0];
        for &locals in &config.locals {
            first_terminal.push(first_terminal.last().unwrap() + usize::from(locals));
        }
        let routers: Vec<Router> = config
            .locals
            .iter()
            .map(|&locals| {
                let locals = (0..usize::from(locals)).map(Side::Local);
                let sides: Vec<Side> = match config.port_order {
                    PortOrder::LocalFirst => {
                        locals.chain([Side::North, Side::West, Side::East, Side::South]).collect()
                    }
                    PortOrder::LocalLast => {
                        [Side::East, Side::West, Side::South, Side::North].into_iter().chain(locals).collect()
                    }
                };
                let channel = Channel { credits: config.depth, ..Channel::default() };
                Router {
                    buffers: vec![vec![Buffer::default(); vcs]; sides.len()],
                    channels: vec![vec![channel; vcs]; sides.len()],
                    pointers: vec![Pointers::default(); sides.len()],
                    sides,
                }
            })
            .collect();
        let mut sources = Vec::new();
        for (node, &locals) in config.locals.iter().enumerate() {
            for local in 0..usize::from(locals) {
                let port = port(&routers[node], Side::Local(local));
                sources.push(Source {
                    node,
                    port,
                    queues: vec![Queue::default(); config.classes.len()],
                    owned: BTreeSet::new(),
                    credits: vec![config.depth; vcs],
                    last_class: 0,
                });
            }
        }
        let mut naive = Naive {
            config: config.clone(),
            pace,
            trees: Vec::new(),
            heads: vec![0; packets.len()],
            missing: packets.iter().map(|p| u64::from(p.flits) * p.targets.len() as u64).sum(),
            packets: packets.to_vec(),
            routers,
            sources,
            first_terminal,
            events: BTreeMap::new(),
            next: 0,
            report: Report::default(),
        };
        naive.trees = naive.packets.iter().map(|packet| naive.tree(packet)).collect();
        naive
    }

    /// Walks from the source to each receiver.
    fn tree(&self, packet: &Sent) -> BTreeMap<usize, BTreeSet<usize>> {
        let columns = usize::from(self.config.columns);
        let mut tree: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for &target in &packet.targets {
            let to = self.sources[target].node;
            let (mut node, (to_x, to_y)) = (self.sources[packet.source].node, (to % columns, to / columns));
            loop {
                let (x, y) = (node % columns, node / columns);
                let along_x = (x != to_x).then_some(if to_x > x { Side::East } else { Side::West });
                let along_y = (y != to_y).then_some(if to_y > y { Side::South } else { Side::North });
                let side = match self.config.routing_of(packet.class) {
                    Routing::Yx => along_y.or(along_x),
                    _ => along_x.or(along_y),
                };
                let side = side.unwrap_or_else(|| Side::Local(target - self.first_terminal[node]));
                tree.entry(node).or_default().insert(port(&self.routers[node], side));
                node = match self.beside(node, side) {
                    Some((next, _)) => next,
                    None => break,
                };
            }
        }
        tree
    }

    fn beside(&self, node: usize, side: Side) -> Option<(usize, Side)> {
        let columns = usize::from(self.config.columns);
        match side {
            Side::Local(_) => None,
            Side::North => Some((node - columns, Side::South)),
            Side::South => Some((node + columns, Side::North)),
            Side::West => Some((node - 1, Side::East)),
            Side::East => Some((node + 1, Side::West)),
        }
    }

    fn at(&mut self, cycle: Cycle, event: Event) {
        self.events.entry(cycle).or_default().push(event);
    }

    /// One cycle; `now` counts up by one.
    pub fn step(&mut self, now: Cycle) -> Report {
        self.report.injected.clear();
        self.report.delivered.clear();
        self.deliver(now);
        self.create(now);
        self.inject(now);
        let winners: Vec<_> = (0..self.routers.len()).flat_map(|node| self.switch(node)).collect();
        for node in 0..self.routers.len() {
            self.grant(node);
        }
        for (node, input, vc, output) in winners {
            self.traverse(now, node, (input, vc), output);
        }
        self.report.delivered.sort_unstable();
        self.report.clone()
    }

    fn deliver(&mut self, now: Cycle) {
        for event in self.events.remove(&now).unwrap_or_default() {
            match event {
                Event::Flit(node, port, vc, flit) => {
                    let buffer = &mut self.routers[node].buffers[port][vc];
                    buffer.flits.push_back(flit);
                    assert!(buffer.flits.len() <= usize::from(self.config.depth));
                    self.begin(node, port, vc);
                }
                Event::Credit(node, port, vc) => self.routers[node].channels[port][vc].credits += 1,
                Event::SourceCredit(terminal, vc) => self.sources[terminal].credits[vc] += 1,
                Event::Arrival(terminal, flit) => {
                    self.missing -= 1;
                    let packet = &self.packets[flit.packet];
                    if flit.index + 1 == packet.flits {
                        let columns = usize::from(self.config.columns);
                        let (from, to) = (self.sources[packet.source].node, self.sources[terminal].node);
                        let hops =
                            (from % columns).abs_diff(to % columns) + (from / columns).abs_diff(to / columns);
                        let head = self.heads[flit.packet];
                        self.report.delivered.push((terminal, flit.packet, head, hops as u32 + 1));
                    }
                }
            }
        }
    }

    /// The head at the front of a buffer whose packet before it is gone.
    fn begin(&mut self, node: usize, port: usize, vc: usize) {
        let buffer = &mut self.routers[node].buffers[port][vc];
        if let (true, Some(flit)) = (buffer.branches.is_empty(), buffer.flits.front()) {
            assert_eq!(flit.index, 0);
            let ports = &self.trees[flit.packet][&node];
            buffer.branches = ports.iter().map(|&port| Branch { port, vc: None, next: 0 }).collect();
        }
    }

    fn create(&mut self, now: Cycle) {
        while let Some(packet) = self.packets.get(self.next).filter(|packet| packet.cycle <= now) {
            let queue = &mut self.sources[packet.source].queues[packet.class];
            if queue.packets.is_empty() {
                queue.taken = now;
            }
            queue.packets.push_back(self.next);
            self.next += 1;
        }
    }

    fn inject(&mut self, now: Cycle) {
        for terminal in 0..self.sources.len() {
            let classes = self.config.classes.len();
            let source = &mut self.sources[terminal];
            let chosen = (1..=classes).map(|turn| (source.last_class + turn) % classes).find_map(|class| {
                let queue = &source.queues[class];
                queue.packets.front()?;
                let range = self.config.classes[class];
                let (first, count) = (usize::from(range.first), usize::from(range.count));
                let usable = |vc: &usize| !source.owned.contains(vc) && source.credits[*vc] > 0;
                let vc = match (queue.vc, queue.last_vc) {
                    (Some(vc), _) => Some(vc).filter(|&vc| source.credits[vc] > 0),
                    (None, None) => Some(first).filter(usable),
                    (None, Some(last)) => {
                        (0..count).map(|turn| first + (last - first + 1 + turn) % count).find(usable)
                    }
                };
                Some((class, vc?))
            });
            let Some((class, vc)) = chosen else { continue };
            let queue = &mut source.queues[class];
            let packet = queue.packets[0];
            if queue.sent == 0 {
                (queue.head, queue.vc, queue.last_vc) = (now, Some(vc), Some(vc));
                source.owned.insert(vc);
                self.heads[packet] = now;
            }
            let flit = Flit { packet, index: queue.sent };
            queue.sent += 1;
            if queue.sent == self.packets[packet].flits {
                self.report.injected.push((terminal, packet, queue.taken, queue.head));
                queue.packets.pop_front();
                (queue.sent, queue.vc, queue.taken) = (0, None, now + 1);
                source.owned.remove(&vc);
            }
            source.credits[vc] -= 1;
            source.last_class = class;
            let (node, port) = (source.node, source.port);
            self.at(now + 2, Event::Flit(node, port, vc, flit));
        }
    }

    /// Whether the branch of a buffer at an output port can take a flit.
    fn asks(&self, node: usize, (input, vc): (usize, usize), output: usize) -> bool {
        let router = &self.routers[node];
        let buffer = &router.buffers[input][vc];
        let Some(branch) = buffer.branches.iter().find(|branch| branch.port == output) else { return false };
        let Some(channel) = branch.vc else { return false };
        let Some(first) = buffer.flits.front() else { return false };
        let is_there =
            buffer.flits.iter().any(|flit| flit.packet == first.packet && flit.index == branch.next);
        let in_step = self.pace == Pace::Apart || branch.next == first.index;
        is_there && in_step && router.channels[output][channel].credits > 0
    }

    /// Who may send, as input port, channel and output port.
    fn switch(&mut self, node: usize) -> Vec<(usize, usize, usize, usize)> {
        let ports = self.routers[node].sides.len();
        let vcs = usize::from(self.config.vcs);
        let mut picked: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for input in 0..ports {
            let wanted: BTreeSet<usize> = (0..ports)
                .filter(|&output| (0..vcs).any(|vc| self.asks(node, (input, vc), output)))
                .collect();
            if let Some(output) = around(&wanted, self.routers[node].pointers[input].input) {
                picked.entry(output).or_default().insert(input);
            }
        }
        let mut winners = Vec::new();
        for (output, inputs) in picked {
            let input = around(&inputs, self.routers[node].pointers[output].output).unwrap();
            let asking: BTreeSet<usize> =
                (0..vcs).filter(|&vc| self.asks(node, (input, vc), output)).collect();
            let vc = around(&asking, self.routers[node].pointers[input].vc).unwrap();
            winners.push((node, input, vc, output));
        }
        if self.config.arbiter == ArbiterRule::RoundRobin {
            for &(_, input, vc, output) in &winners {
                let pointers = &mut self.routers[node].pointers;
                pointers[output].output = input + 1;
                pointers[input].input = output + 1;
                pointers[input].vc = vc + 1;
            }
        }
        winners
    }

    /// Channels for the heads at the front.
    fn grant(&mut self, node: usize) {
        let vcs = usize::from(self.config.vcs);
        let router = &self.routers[node];
        let mut requests: BTreeMap<(usize, usize), BTreeSet<(usize, usize)>> = BTreeMap::new();
        for (input, buffers) in router.buffers.iter().enumerate() {
            for (vc, buffer) in buffers.iter().enumerate() {
                for branch in buffer.branches.iter().filter(|branch| branch.vc.is_none()) {
                    let class = self.packets[buffer.flits[0].packet].class;
                    let range = self.config.classes[class];
                    let usable = usize::from(range.first)..usize::from(range.first + range.count);
                    let free: BTreeSet<usize> = (0..vcs)
                        .filter(|vc| usable.contains(vc) && router.channels[branch.port][*vc].owner.is_none())
                        .collect();
                    let (port, behind) = buffer.pointer;
                    if let Some(chosen) = around(&free, if port == branch.port { behind } else { 0 }) {
                        requests.entry((branch.port, chosen)).or_default().insert((input, vc));
                    }
                }
            }
        }
        // Of several grants to one head the one with the lowest port counts as the last.
        for ((output, channel), heads) in requests.into_iter().rev() {
            let router = &mut self.routers[node];
            let (input, vc) = around(&heads, router.channels[output][channel].pointer).unwrap();
            router.channels[output][channel].owner = Some((input, vc));
            let buffer = &mut router.buffers[input][vc];
            let branch = buffer.branches.iter_mut().find(|branch| branch.port == output).unwrap();
            branch.vc = Some(channel);
            if self.config.arbiter == ArbiterRule::RoundRobin {
                buffer.pointer = (output, channel + 1);
                router.channels[output][channel].pointer = (input, vc + 1);
            }
        }
    }

    fn traverse(&mut self, now: Cycle, node: usize, (input, vc): (usize, usize), output: usize) {
        let delays = self.config.delays;
        let (link, credit) = (Cycle::from(delays.link), Cycle::from(delays.credit));
        let router = &mut self.routers[node];
        let buffer = &mut router.buffers[input][vc];
        let front = buffer.flits[0];
        let branch = buffer.branches.iter_mut().find(|branch| branch.port == output).unwrap();
        let flit = Flit { packet: front.packet, index: branch.next };
        let channel = branch.vc.unwrap();
        branch.next += 1;
        let is_tail = branch.next == self.packets[flit.packet].flits;
        router.channels[output][channel].credits -= 1;
        if is_tail {
            router.channels[output][channel].owner = None;
        }
        let frees = buffer.branches.iter().all(|branch| branch.next > front.index);
        if frees {
            buffer.flits.pop_front();
            if front.index + 1 == self.packets[front.packet].flits {
                buffer.branches.clear();
            }
        }
        self.report.switched += 1;
        let (from, to) = (self.routers[node].sides[input], self.routers[node].sides[output]);
        if frees {
            match from {
                Side::Local(local) => {
                    self.at(now + 2, Event::SourceCredit(self.first_terminal[node] + local, vc));
                }
                side => {
                    let (next, facing) = self.beside(node, side).unwrap();
                    let facing = port(&self.routers[next], facing);
                    self.at(now + 1 + link + credit, Event::Credit(next, facing, vc));
                }
            }
            self.begin(node, input, vc);
        }
        match to {
            Side::Local(local) => {
                self.at(now + 3, Event::Arrival(self.first_terminal[node] + local, flit));
                self.at(now + 3 + 2 + credit, Event::Credit(node, output, channel));
            }
            side => {
                let (next, facing) = self.beside(node, side).unwrap();
                let facing = port(&self.routers[next], facing);
                self.at(now + 2 + link, Event::Flit(next, facing, channel, flit));
            }
        }
    }
}

fn port(router: &Router, side: Side) -> usize {
    router.sides.iter().position(|&at| at == side).unwrap()
}

/// The first at or after `from`, around.
fn around<T: Ord + Copy>(set: &BTreeSet<T>, from: T) -> Option<T> {
    set.range(from..).next().or_else(|| set.first()).copied()
}
