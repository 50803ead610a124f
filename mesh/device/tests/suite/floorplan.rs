//! Where units sit, and what they are called.

use spikemesh_device::network::Topology;
use spikemesh_device::{Device, Floorplan, Unit};

/// The terminals of a floorplan are those that the network counts.
#[test]
fn terminals_are_those_of_the_network() {
    for name in Device::names() {
        let device = Device::load(name).unwrap();
        let (floorplan, topology) = (device.floorplan(), Topology::new(&device.network_config()));
        let nps = (0..floorplan.nps() as u16).map(Unit::Np);
        let units: Vec<Unit> = nps.chain([Unit::Hrc, Unit::Source(0), Unit::ConfigDma]).collect();
        assert_eq!(units.len() as u32, topology.terminals());
        for unit in units {
            assert_eq!(topology.coord(floorplan.terminal(unit)), floorplan.coord(unit), "{unit:?}");
        }
    }
}

#[test]
fn names_say_where_a_unit_is() {
    let floorplan = Floorplan { columns: 5, rows: 4, nps_per_node: 4 };
    let names = [Unit::Np(36), Unit::Hrc, Unit::Source(2), Unit::Sink(0)].map(|unit| floorplan.name(unit));
    assert_eq!(names, ["n4_1.np0", "n0_0.hrc", "n0_0.source2", "n0_0.sink0"]);
}
