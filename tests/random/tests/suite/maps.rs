//! A sample of the mapping benchmark, `cargo xtask maps`.

use std::path::Path;

use spikemesh_random::maps::{MESHES, MODES, map_row};

/// Annealed placements are never above snake and greedy, and no placement is below the bound; where slices are many, annealing saves much.
#[test]
fn annealed_is_never_above_greedy_and_nothing_is_below_the_bound() {
    let mut savings = Vec::new();
    for name in ["mnist-separable", "devhub-kws12", "gxnor", "faceid", "convtiny"] {
        let file = Path::new("../models").join(name).with_extension("yaml");
        for mesh in &MESHES[..3] {
            for mode in MODES {
                let Some(row) = map_row(&file, mode, *mesh, false) else { continue };
                row.check().unwrap();
                savings.push(row.saving());
            }
        }
    }
    savings.sort_by(f64::total_cmp);
    println!("{} mappings, savings {savings:.3?}", savings.len());
    assert!(savings.len() >= 20 && savings[savings.len() / 2] > 0.05, "{savings:?}");
}
