//! The switch: each input port sends at most one flit, each output port takes at most one.

use super::super::arbiter::{after, pick};
use super::super::bits::take_lowest;
use super::super::router::{Fabric, Router};
use super::Allocators;

impl Allocators {
    /// Finds the input VCs of a router that win the switch.
    #[inline(never)]
    pub(super) fn choose_switch(&mut self, fabric: &mut Fabric, router: u32) {
        if self.by_priority {
            let view = &mut fabric.view(router);
            self.choose_switch_by_priority(view);
            if view.state.asking == 0 && view.state.holding == 0 {
                fabric.asking.clear(router as usize);
            }
            return;
        }
        // Each input port with a VC that asks chooses an output, then each output an input.
        let Router { asking, first_port, .. } = fabric.routers[router as usize];
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
            let vc = choose_vc(fabric, first_port + input, output);
            self.turn(fabric, router, (input, vc), output);
            self.winners.push(fabric.channel(first_port + input, vc));
        }
    }

    /// What [`Allocators::choose_switch`] does where only one VC asks; false where more do.
    #[inline(always)]
    pub(super) fn choose_for_one(&mut self, fabric: &mut Fabric, router: u32) -> bool {
        let Router { asking, first_port, ports, .. } = fabric.routers[router as usize];
        let input = asking.trailing_zeros();
        let global = first_port + input;
        let in_port = &mut fabric.ports[global as usize];
        if !asking.is_power_of_two() || !in_port.asking.is_power_of_two() {
            return false;
        }
        let vc = in_port.asking.trailing_zeros();
        let in_vc = global << fabric.vc_shift | vc;
        if self.rotate {
            let output = fabric.in_vcs[in_vc as usize].out_port;
            in_port.in_turn = after(output as u32, ports as u32) as u8;
            in_port.vc_turn = after(vc, fabric.vcs) as u8;
            fabric.ports[(first_port + output as u32) as usize].out_turn = after(input, ports as u32) as u8;
        }
        self.winners.push(in_vc);
        true
    }

    /// An input and an output are matched: the arbiters' pointers move past each other.
    #[inline]
    pub(super) fn turn(&self, fabric: &mut Fabric, router: u32, (input, vc): (u32, u32), output: u32) {
        if self.rotate {
            let Router { first_port, ports, .. } = fabric.routers[router as usize];
            fabric.ports[(first_port + output) as usize].out_turn = after(input, ports as u32) as u8;
            let in_port = &mut fabric.ports[(first_port + input) as usize];
            in_port.in_turn = after(output, ports as u32) as u8;
            in_port.vc_turn = after(vc, fabric.vcs) as u8;
        }
    }
}

/// The output port that an input port chooses; one of its VCs must be asking.
#[inline]
fn choose_output(fabric: &Fabric, global: u32) -> u32 {
    let port = &fabric.ports[global as usize];
    let output = |vc: u32| fabric.in_vcs[fabric.channel(global, vc) as usize].out_port as u32;
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
    let mut asking = port.asking as u64;
    let mut towards = 0;
    while asking != 0 {
        let vc = take_lowest(&mut asking);
        let leaves_by = fabric.in_vcs[fabric.channel(global, vc) as usize].out_port;
        towards |= ((leaves_by as u32 == output) as u32) << vc;
    }
    pick(towards, port.vc_turn as u32)
}
