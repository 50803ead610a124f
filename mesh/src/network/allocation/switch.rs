//! The switch: each input port sends at most one flit, each output port takes at most one.

use super::super::arbiter::{after, pick};
use super::super::bits::take_lowest;
use super::super::config::Allocator;
use super::super::router::Fabric;
use super::Allocators;

impl Allocators {
    /// Finds the input VCs of a router that win the switch.
    #[inline]
    pub(super) fn choose_switch(&mut self, router: u32, fabric: &mut Fabric) {
        if self.sw_order != Allocator::SeparableInputFirst || self.speculative || self.hold {
            return self.choose_switch_by_priority(router, fabric);
        }
        let state = &fabric.routers[router as usize];
        let (first_port, ports, asking) = (state.first_port, state.ports as u32, state.asking);
        if asking.is_power_of_two() {
            let input = asking.trailing_zeros();
            let output = choose_output(fabric, first_port + input);
            return self.win(fabric, first_port, ports, input, output);
        }
        let mut outputs = 0u64;
        let mut inputs = asking as u64;
        while inputs != 0 {
            let input = take_lowest(&mut inputs);
            let output = choose_output(fabric, first_port + input);
            self.chosen[output as usize % self.chosen.len()] |= 1 << input;
            outputs |= 1 << output;
        }
        while outputs != 0 {
            let output = take_lowest(&mut outputs);
            let chosen = std::mem::take(&mut self.chosen[output as usize % self.chosen.len()]);
            let input = pick(chosen, fabric.ports[(first_port + output) as usize].out_turn as u32);
            self.win(fabric, first_port, ports, input, output);
        }
    }

    /// An input and an output are matched: the arbiters' pointers move past each other.
    #[inline]
    fn win(&mut self, fabric: &mut Fabric, first_port: u32, ports: u32, input: u32, output: u32) {
        let global = first_port + input;
        let vc = choose_vc(fabric, global, output);
        self.turn(fabric, first_port, ports, (input, vc), output);
        self.winners.push(fabric.channel(global, vc));
    }

    #[inline]
    pub(super) fn turn(
        &self,
        fabric: &mut Fabric,
        first_port: u32,
        ports: u32,
        (input, vc): (u32, u32),
        output: u32,
    ) {
        if self.rotate {
            let vcs = fabric.vcs;
            fabric.ports[(first_port + output) as usize].out_turn = after(input, ports) as u8;
            let in_port = &mut fabric.ports[(first_port + input) as usize];
            in_port.in_turn = after(output, ports) as u8;
            in_port.vc_turn = after(vc, vcs) as u8;
        }
    }
}

/// The output port that an input port chooses; one of its VCs must be asking.
#[inline]
fn choose_output(fabric: &Fabric, global: u32) -> u32 {
    let port = &fabric.ports[global as usize];
    let first = fabric.channel(global, 0);
    let output = |vc: u32| fabric.in_vcs[(first + vc) as usize].out_port as u32;
    if port.asking.is_power_of_two() {
        return output(port.asking.trailing_zeros());
    }
    let mut asking = port.asking as u64;
    let mut outputs = 0;
    while asking != 0 {
        outputs |= 1 << output(take_lowest(&mut asking));
    }
    pick(outputs, port.in_turn as u32)
}

/// The VC of an input port that goes to an output port that it has won.
#[inline]
fn choose_vc(fabric: &Fabric, global: u32, output: u32) -> u32 {
    let port = &fabric.ports[global as usize];
    if port.asking.is_power_of_two() {
        return port.asking.trailing_zeros();
    }
    pick(vcs_towards(fabric, global, port.asking, output), port.vc_turn as u32)
}

/// Those VCs of an input port whose packets leave by an output port.
#[inline]
pub(super) fn vcs_towards(fabric: &Fabric, global: u32, vcs: u32, output: u32) -> u32 {
    let first = fabric.channel(global, 0);
    let mut left = vcs as u64;
    let mut towards = 0;
    while left != 0 {
        let vc = take_lowest(&mut left);
        towards |= ((fabric.in_vcs[(first + vc) as usize].out_port as u32 == output) as u32) << vc;
    }
    towards
}
