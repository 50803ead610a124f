use spikemesh::validate::{Published, layer, trial::Trial, fit::charge::Charges, Source};
use rayon::prelude::*;
fn main() {
    let mut p = Published::default();
    if let Some(f) = std::env::args().nth(1) { p.layers = Source::read(f.as_ref()).unwrap(); }
    let rows = layer::read(&p.layers).unwrap();
    let names: Vec<String> = rows[0].device.timing.clocks().into_iter().map(|(n, c)| format!("{n}={}", c.0)).collect();
    println!("{{\"names\": {names:?}, \"rows\": [");
    let out: Vec<String> = rows.par_iter().map(|l| {
        let t = Trial { shape: l.shape, splits: l.splits, events: l.events, alike: false };
        let c = Charges::count(&t, &l.device).unwrap();
        let f = |v: &Vec<(usize, f64)>| format!("{:?}", v.iter().map(|(a, b)| vec![*a as f64, *b]).collect::<Vec<_>>());
        format!("{{\"model\":\"{}\",\"layer\":\"{}\",\"kind\":\"{}\",\"H\":{},\"W\":{},\"C\":{},\"F\":{},\"k\":{},\"s\":{},\"bits\":{},\"ns\":{},\"nf\":{},\"pass\":{},\"events\":{},\"meas\":{},\"units\":[{}],\"load\":{}, \"pool\":\"{:?}\"}}",
            l.model, l.name, l.shape.kind.name(), l.shape.height, l.shape.width, l.shape.channels, l.shape.filters, l.shape.kernel, l.shape.stride, l.shape.weight_bits, l.splits[0], l.splits[1], l.pass, l.events, l.measured,
            c.units.iter().map(f).collect::<Vec<_>>().join(","), f(&c.load), l.shape.pool)
    }).collect();
    println!("{}\n]}}", out.join(",\n"));
}
