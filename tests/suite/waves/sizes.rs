//! How long files of waves will be: what is said while they are written, and when a limit ended them.

use std::path::Path;

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::mesh::Simulator;
use spikemesh::mesh::wave::{TimeScale, WaveFormat, WavePlan, WaveSize, WaveWindow};
use spikemesh::run::{Job, WaveRequest, simulate};
use wellen::simple::read;

use super::{images, model};

/// Runs a batch of four images, to its end or to a limit of cycles, and gives what is known of the one file.
fn run(path: &Path, plan: WavePlan, max_cycles: Option<u64>) -> WaveRequest {
    let device = Device::load("akd1000").unwrap();
    let program = compile(&model(), &device, &Mode::Minimal.into()).unwrap().program;
    let simulator = Simulator::new(program, device).unwrap();
    let request = WaveRequest::new(plan, vec![(path.to_path_buf(), WaveFormat::of(path).unwrap())]);
    let input = images(4);
    let mut job = Job::new(&simulator, &input).batch(4).waves(&request);
    if let Some(most) = max_cycles {
        job = job.max_cycles(most);
    }
    let _ = simulate(&job).unwrap().into_finished();
    request
}

fn size(request: &WaveRequest) -> WaveSize {
    request.sizes()[0].1
}

/// Whether an estimate is at most this factor too large or too small.
fn is_near(estimate: u64, size: u64, factor: f64) -> bool {
    let ratio = estimate as f64 / size as f64;
    ratio <= factor && ratio >= 1.0 / factor
}

#[test]
fn a_file_on_its_way_says_how_long_it_will_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("waves.vcd");
    let plan = WavePlan::new(TimeScale::CLOCKS);
    let whole = run(&path, plan.clone(), None);
    let end = *read(&path).unwrap().time_table().last().unwrap();
    let bytes = std::fs::metadata(&path).unwrap().len();
    assert_eq!(size(&whole), WaveSize { bytes, whole: Some(bytes) });
    for (quarter, factor) in [(1, 1.4), (2, 1.25), (3, 1.2)] {
        let part = run(&path, plan.clone(), Some(end * quarter / 4));
        let WaveSize { bytes: so_far, whole } = size(&part);
        assert!(so_far < bytes * (quarter + 1) / 4, "{so_far} of {bytes}");
        let estimate = whole.unwrap();
        assert!(is_near(estimate, bytes, factor), "{estimate} for {bytes} after {quarter} quarters");
    }
    // Of a part nobody knows.
    let window = WavePlan { windows: vec![WaveWindow::Frame(1)], ..plan };
    let part = run(&path, window, None);
    assert!(size(&part).bytes > 0 && size(&part).whole.is_none());
}

#[test]
fn a_file_that_reached_its_limit_says_how_long_it_would_be() {
    let folder = tempfile::tempdir().unwrap();
    let plan = |limit| WavePlan { limit, ..WavePlan::new(TimeScale::CLOCKS) };
    // The first changes compress less well than all.
    for (name, limit, factor) in [("waves.vcd", 60_000, 1.25), ("waves.fst", 30_000, 2.0)] {
        let path = folder.path().join(name);
        run(&path, plan(u64::MAX), None);
        let bytes = std::fs::metadata(&path).unwrap().len();
        let limited = run(&path, plan(limit), None);
        let cut = std::fs::metadata(&path).unwrap().len();
        assert!(cut <= limit && limit < bytes, "{name}: {cut} of {bytes}");
        let [limited] = &limited.limited()[..] else { panic!("{name}") };
        assert_eq!(limited.path, path);
        let estimate = limited.whole.unwrap();
        assert!(is_near(estimate, bytes, factor), "{name}: {estimate} for {bytes}");
    }
}
